// An alert (one rule on one subject) and its change events: types, names, ids.
import type { Severity } from '../expression/syntax.ts';
import type { Labels } from '../tick.ts';
import type { LevelState } from './alert-level.ts';

export type Subject =
  | { readonly kind: 'host'; readonly host: string; readonly location: string; readonly labels: Labels }
  | { readonly kind: 'location'; readonly location: string }
  | { readonly kind: 'rule'; readonly rule: string; readonly before: number }
  | { readonly kind: 'fleet' }
  | { readonly kind: 'pipeline' };

/** Why an alert ended without being resolved. */
export type EndReason =
  | 'no longer reported'
  | 'no data'
  | 'rule changed'
  | 'rule disabled'
  | 'rule deleted'
  | 'host removed'
  | 'host moved';

/** More alerts of one rule are sent as one line, and saving such a rule needs confirmation. */
export const WIDE_RULE_ALERTS = 1_000;

/** What a value was made from: of a forecast the metric's own last value, of a share its hosts. */
export type Basis = { readonly measured: number } | { readonly count: number; readonly total: number };

export type AlertState = {
  /** Unique among the alerts that are open: rule, host or location, and labels. */
  readonly id: string;
  readonly rule: string;
  /** The canonical expression it was judged by last. */
  readonly expression: string;
  readonly subject: Subject;
  readonly state: 'pending' | 'firing';
  readonly severity: Severity;
  /** The first tick that crossed, before `for`. */
  readonly sinceMs: number;
  readonly firedMs?: number;
  /** One a test, as judged last. */
  readonly values: readonly number[];
  /** One a test too; null of tests that compare what was measured, absent where all do. */
  readonly bases?: readonly (Basis | null)[];
  readonly firedValue?: number;
  readonly worstValue?: number;
  /** The tick it was judged by last. */
  readonly evaluatedMs: number;
  readonly noDataSinceMs?: number;
  /** Due, but held back until its location's alert fires or the share falls. */
  readonly held?: boolean;
  /** The alert (a rule's name) whose notification includes this one. */
  readonly inside?: string;
  readonly source: string;
  readonly levels: readonly (LevelState | null)[];
};

export type Change = {
  /** dropped: a pending alert that never fired. level: the severity of a firing one moved. */
  readonly kind: 'pending' | 'firing' | 'level' | 'resolved' | 'ended' | 'dropped';
  /** By the clock of what was judged: tick time, or received time for silence and shares. */
  readonly atMs: number;
  readonly alert: AlertState;
  readonly reason?: EndReason;
  readonly previousSeverity?: Severity;
};

/**
 * The labels that distinguish it from other alerts of its rule on the same host: those of its series, or the rule it is
 * about.
 */
export function labelsOf(subject: Subject): Labels {
  if (subject.kind === 'host') return subject.labels;
  return subject.kind === 'rule' ? { rule: subject.rule } : {};
}

/** What people call an alert, and commands take: `disk-full web-17 mount=/var`, `room-dark 727`. */
export function alertName(
  rule: string,
  subject: {
    readonly kind?: string;
    readonly host?: string;
    readonly location?: string;
    readonly labels?: Labels;
  },
): string {
  const { host, location, labels = {} } = subject;
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${value}`);
  return [rule, ...[host ?? location].filter((where) => where !== undefined), ...pairs.sort()].join(' ');
}

/** The rule's identity in the id of one of its alerts. */
export const identityInId = (id: string): string => id.slice(0, id.indexOf('\u0000'));

export const alertId = (rule: string, where: string, labelsKey = ''): string =>
  labelsKey === '' ? `${rule}\u0000${where}` : `${rule}\u0000${where}\u0000${labelsKey}`;
