// Alerts that the notifier makes itself: a rule that fires too often to be told one by one, a receiver that takes nothing.
import type { AlertState } from '../../../domain/alerting/alert.ts';
import type { Severity } from '../../../domain/expression/syntax.ts';

const BEHIND_RULE = 'receiver-behind';

/** More alerts of a rule than this are told as one line; under the second number one by one again. */
export const WIDE_LIMIT = 1_000;
export const WIDE_END = 900;

export const wideId = (rule: string): string => `wide\u0000${rule}`;
export const behindId = (receiver: string): string => `${BEHIND_RULE}\u0000${receiver}`;

type Own = {
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  readonly sinceMs: number;
};

const ownAlert = ({ id, rule, severity, sinceMs }: Own): AlertState => ({
  id,
  rule,
  expression: '',
  subject: { kind: 'fleet' },
  state: 'firing',
  severity,
  sinceMs,
  firedMs: sinceMs,
  values: [],
  evaluatedMs: sinceMs,
  source: '',
  levels: [],
});

export const wideAlert = (rule: string, severity: Severity, sinceMs: number): AlertState =>
  ownAlert({ id: wideId(rule), rule, severity, sinceMs });

export const behindAlert = (receiver: string, sinceMs: number): AlertState =>
  ownAlert({ id: behindId(receiver), rule: BEHIND_RULE, severity: 'warning', sinceMs });

export const isOwn = ({ id }: AlertState): boolean => id.startsWith('wide\u0000') || isBehindAlert(id);
export const isBehindAlert = (id: string): boolean => id.startsWith(`${BEHIND_RULE}\u0000`);
export const receiverOf = (id: string): string => id.slice(BEHIND_RULE.length + 1);
