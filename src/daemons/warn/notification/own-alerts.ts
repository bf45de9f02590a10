// Alerts that the notifier raises itself, about rules that fire too often and receivers that accept nothing: their
// definition, and which were sent before a restart.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import { RECEIVER_BEHIND } from '../../../domain/alerting/built-in.ts';
import type { Severity } from '../../../domain/expression/syntax.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Groups, How } from './groups.ts';

const WIDE = 'wide\u0000';

export const wideId = (rule: string): string => `${WIDE}${rule}`;
export const behindId = (receiver: string): string => `${RECEIVER_BEHIND}\u0000${receiver}`;
export const isBehindAlert = (id: string): boolean => id.startsWith(`${RECEIVER_BEHIND}\u0000`);
/** Of a `behindId`. */
export const receiverOf = (id: string): string => id.slice(RECEIVER_BEHIND.length + 1);
export const isOwn = ({ id }: AlertState): boolean => id.startsWith(WIDE) || isBehindAlert(id);

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
  ownAlert({ id: behindId(receiver), rule: RECEIVER_BEHIND, severity: 'warning', sinceMs });

export const RESOLVED: How = { kind: 'resolved' };

/** What the makers of such alerts work with. */
export type OwnAlertParts = {
  readonly clock: Clock;
  readonly groups: Groups;
  readonly fire: (alert: AlertState) => void;
  readonly endOwn: (id: string, as?: How) => void;
};

/** Ends one of them by its id, if it fires. */
export const createEndOwn =
  ({
    clock,
    groups,
    end,
  }: Pick<OwnAlertParts, 'clock' | 'groups'> & { readonly end: (change: Change) => void }) =>
  (id: string, as = RESOLVED): void => {
    const alert = groups.firingOf('').get(id);
    if (alert !== undefined) end({ ...as, atMs: clock.nowMs(), alert });
    groups.ownRoutes.delete(id);
  };

/** Those that were told fire on until it is known that their cause is gone. */
export function restoreOwn(groups: Groups, onWide: (rule: string) => void): void {
  for (const account of groups.accounts.values()) {
    for (const told of account.told.values()) {
      if (!isOwn(told) || account.over.has(told.id)) continue;
      groups.ownRoutes.set(told.id, [...(groups.ownRoutes.get(told.id) ?? []), account.receiver]);
      groups.fire(told);
      if (told.id === wideId(told.rule)) onWide(told.rule);
    }
  }
}
