// A notification as data: no wording, no markup. Each kind of receiver formats it.
import { createHash } from 'node:crypto';
import type { EndReason as DomainEndReason } from '../domain/alerting/alert.ts';
import { type Operator, type Severity, severityRank } from '../domain/expression/syntax.ts';
import type { MetricUnit } from '../domain/metric-table.ts';
import { compareBytes } from '../domain/names.ts';

/** Why a message is sent now. */
export type Reason =
  | 'first'
  | 'new'
  | 'some_resolved'
  | 'all_resolved'
  | 'repeat'
  | 'ended'
  | 'recap'
  | 'digest'
  | 'test';

/** Why an alert ended without being resolved; shown as such. */
export type EndReason = DomainEndReason | 'receiver changed';

/** What an alert is about: a host, a part of it (its labels), a location (no host), or the fleet (neither). */
export type Subject = {
  readonly host?: string;
  readonly location?: string;
  readonly labels: Readonly<Record<string, string>>;
};

/** Values at firing, worst, now and recovery; unknown ones are absent. */
export type Moments = {
  readonly atFiring?: number;
  readonly worst?: number;
  readonly atRecovery?: number;
  readonly now?: number;
};

export type Threshold = { readonly op: Operator; readonly value: number };

/**
 * One test of the rule with its values, a rule joined by `and` has several. Values keep their sign under `abs()`: whether
 * a clock is ahead or behind must be known.
 */
export type Reading =
  | {
      readonly kind: 'value';
      readonly metric: string;
      /** The expression as the rule has it, where it is more than the metric: `avg(cpu.usage, 10m)`. */
      readonly expression?: string;
      readonly unit: MetricUnit;
      readonly threshold: Threshold;
      readonly values: Moments;
    }
  | {
      readonly kind: 'forecast';
      readonly metric: string;
      readonly unit: MetricUnit;
      readonly threshold: Threshold;
      readonly horizonMs: number;
      /** What the metric itself was at the last tick. */
      readonly measured: number;
      /** What the line says for the end of the horizon. */
      readonly values: Moments;
    }
  | { readonly kind: 'silent'; readonly lastTickMs?: number; readonly reportsAgain?: boolean }
  /** The rule itself: its metric has no series left, of so many before. */
  | { readonly kind: 'no_series'; readonly before: number }
  | {
      readonly kind: 'share';
      /** The condition inside `share(...)`. */
      readonly condition: string;
      readonly threshold: Threshold;
      /** Hosts of which it is true, of those that count; absent where too few do. */
      readonly count?: number;
      readonly total?: number;
      readonly values: Moments;
    };

export type Acknowledgement = { readonly by: string; readonly atMs: number; readonly note?: string };

export type Alert = {
  /** Derived from rule and subject only, not from value or severity, so that a receiver recognizes the same alert. */
  readonly id: string;
  readonly rule: string;
  readonly severity: Severity;
  /** The severity sent last, if it changed since. */
  readonly severityBefore?: Severity;
  readonly subject: Subject;
  /** Labels of the rule. */
  readonly labels: Readonly<Record<string, string>>;
  readonly state: 'firing' | 'resolved' | 'ended';
  readonly sinceMs: number;
  readonly endedMs?: number;
  readonly endReason?: EndReason;
  /** The host's last tick is older than it should be; the alert stays as it was. */
  readonly noDataSinceMs?: number;
  /** Not sent before. */
  readonly isNew: boolean;
  /** How often it resolved and fired again since it was sent. */
  readonly cameBack: number;
  readonly acknowledged?: Acknowledgement;
  readonly readings: readonly Reading[];
  /** The rule's text, its placeholders filled in. */
  readonly text?: string;
  readonly runbook?: string;
};

/** Fired and resolved between two messages: mentioned, never sent on its own. */
export type FiredAndOver = {
  readonly rule: string;
  readonly subject: Subject;
  readonly fromMs: number;
  readonly toMs: number;
};

/** A rule over its limit of alerts: `fires on 2,310 of 2,400 hosts` in place of the alerts. */
export type WideRule = {
  readonly rule: string;
  readonly severity: Severity;
  readonly firing: number;
  readonly hosts: number;
};

/** One location inside a digest. */
export type DigestLine = {
  readonly location: string;
  readonly severity: Severity;
  readonly firing: number;
  readonly resolved: number;
};

export type Counts = {
  readonly firing: number;
  readonly new: number;
  readonly resolved: number;
  readonly ended: number;
};

export type Message = {
  /** Idempotency key, see {@link notificationId}: equal between tries, another for each fact. */
  readonly id: string;
  readonly reason: Reason;
  /** The group: a location, or '' for alerts of the fleet and for a digest. */
  readonly group: string;
  /** When the group began to fire: the thread that all messages until its end belong to. */
  readonly groupSinceMs: number;
  /** The receiver's name. */
  readonly receiver: string;
  readonly atMs: number;
  /** IANA zone in which the receiver reads times. */
  readonly timeZone: string;
  /** Of the whole group, also of what is not listed in `alerts`. */
  readonly counts: Counts;
  /** Most severe first. */
  readonly alerts: readonly Alert[];
  /** Alerts of the group that were left out of `alerts`. */
  readonly truncated: number;
  readonly firedAndOver: readonly FiredAndOver[];
  readonly wideRules: readonly WideRule[];
  readonly digest: readonly DigestLine[];
  /** How often the same set was sent before. */
  readonly repeat: number;
  /** Sent while the catalog was down, so it may be a duplicate. */
  readonly mayComeTwice: boolean;
  /** The command that says more: `minimon alerts why disk-full --host web-17`. */
  readonly command: string;
};

/** Most severe and firing first, then what ended; new before known; then by rule and subject, so that tries agree. */
export function compareAlerts(a: Alert, b: Alert): number {
  return (
    Number(a.state !== 'firing') - Number(b.state !== 'firing') ||
    severityRank(b.severity) - severityRank(a.severity) ||
    Number(b.isNew) - Number(a.isNew) ||
    compareBytes(a.rule, b.rule) ||
    compareBytes(subjectKey(a.subject), subjectKey(b.subject))
  );
}

const subjectKey = (subject: Subject): string =>
  JSON.stringify([subject.location ?? '', subject.host ?? '', Object.entries(subject.labels).sort()]);

export type Fact = Pick<Alert, 'id' | 'state' | 'severity' | 'sinceMs'>;

/**
 * * The idempotency key, derived from the content, so that two senders with the same state make the same key. Severity
 * is part of * the state, because a higher severity notifies, too.
 */
export function notificationId(
  group: string,
  reason: Reason,
  facts: readonly Fact[],
  repeat: number,
): string {
  const lines = facts
    .map(({ id, state, severity, sinceMs }) => JSON.stringify([id, state, severity, sinceMs]))
    .sort(compareBytes);
  return createHash('sha256')
    .update(JSON.stringify([group, reason, lines, repeat]))
    .digest('hex');
}
