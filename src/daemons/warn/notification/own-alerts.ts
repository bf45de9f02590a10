// Alerts that the notifier makes itself: a rule that fires too often to be told one by one, a receiver that takes nothing.
import type { AlertState, Change } from '../../../domain/alerting/alert.ts';
import { RECEIVER_BEHIND } from '../../../domain/alerting/built-in.ts';
import type { AlertRule } from '../../../domain/alerting/configuration.ts';
import { SEVERITIES, type Severity } from '../../../domain/expression/syntax.ts';
import type { WideRule } from '../../../receivers/message.ts';
import type { Clock } from '../../../runtime/clock.ts';
import { INTERVAL_MS } from './decision.ts';
import { isBehind } from './delivery.ts';
import type { Groups, How, Wide } from './groups.ts';
import type { OpenReceivers } from './open-receivers.ts';

const WIDE = 'wide\u0000';

/** More alerts of a rule than this are told as one line; under the second number, for a while, one by one again. */
const WIDE_LIMIT = 1_000;
const WIDE_END = 900;

const wideId = (rule: string): string => `${WIDE}${rule}`;
const behindId = (receiver: string): string => `${RECEIVER_BEHIND}\u0000${receiver}`;

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

const wideAlert = (rule: string, severity: Severity, sinceMs: number): AlertState =>
  ownAlert({ id: wideId(rule), rule, severity, sinceMs });

const behindAlert = (receiver: string, sinceMs: number): AlertState =>
  ownAlert({ id: behindId(receiver), rule: RECEIVER_BEHIND, severity: 'warning', sinceMs });

export const isOwn = ({ id }: AlertState): boolean => id.startsWith(WIDE) || isBehindAlert(id);
const isBehindAlert = (id: string): boolean => id.startsWith(`${RECEIVER_BEHIND}\u0000`);
const receiverOf = (id: string): string => id.slice(RECEIVER_BEHIND.length + 1);

/** An owed message is told to the default receiver after so long. */
const BEHIND_MS = 3_600_000;

const RESOLVED: How = { kind: 'resolved' };

const newWide = (): Wide => ({ lastOver: undefined, fewSinceMs: undefined });

type OwnAlertsParts = {
  readonly clock: Clock;
  readonly groups: Groups;
  readonly receivers: OpenReceivers;
  readonly fire: (alert: AlertState) => void;
  readonly end: (change: Change) => void;
  readonly touchAll: () => void;
};

export function createOwnAlerts({ clock, groups, receivers, fire, end, touchAll }: OwnAlertsParts) {
  const firingOfRule = new Map<string, Map<string, AlertState>>();

  /** A rule that fires nearly everywhere keeps its states and is told as one line. */
  function widen({ rule, severity }: AlertState): void {
    const alerts = [...firingOfRule.get(rule)!.values()];
    const names = new Set(alerts.flatMap((one) => groups.routesOf(one).map(({ receiver }) => receiver)));
    groups.wide.set(rule, newWide());
    groups.ownRoutes.set(wideId(rule), [...names]);
    fire(wideAlert(rule, worst(alerts) ?? severity, clock.nowMs()));
  }

  function narrow(rule: string, as: How): void {
    groups.wide.delete(rule);
    endOwn(wideId(rule), as);
    touchAll();
  }

  function endOwn(id: string, as = RESOLVED): void {
    const alert = groups.firingOf('').get(id);
    if (alert !== undefined) end({ ...as, atMs: clock.nowMs(), alert });
    groups.ownRoutes.delete(id);
  }

  /** A receiver that cannot be used or takes nothing for an hour is told to the default one, once. */
  function judgeBehind(): void {
    const nowMs = clock.monotonicMs();
    const fallback = groups.configuration().receivers.find(({ isDefault }) => isDefault);
    const since = new Map<string, number>();
    for (const account of groups.accounts.values()) {
      if (!isBehind(account.owed)) continue;
      const before = since.get(account.receiver) ?? Number.POSITIVE_INFINITY;
      since.set(account.receiver, Math.min(before, account.owed.sinceMs));
    }
    for (const { setup, off, openError } of receivers.all()) {
      const owedMs = since.get(setup.name);
      const isLate =
        (owedMs !== undefined && nowMs - owedMs >= BEHIND_MS) || off !== undefined || openError !== undefined;
      const open = groups.firingOf('').get(behindId(setup.name));
      if (isLate && open === undefined && fallback !== undefined && fallback.name !== setup.name) {
        groups.ownRoutes.set(behindId(setup.name), [fallback.name]);
        fire(behindAlert(setup.name, clock.nowMs() - (nowMs - (owedMs ?? nowMs))));
      } else if (open !== undefined && owedMs === undefined && off === undefined && openError === undefined)
        endOwn(open.id);
    }
    for (const id of groups.firingOf('').keys()) {
      if (isBehindAlert(id) && receivers.get(receiverOf(id)) === undefined) endOwn(id);
    }
  }

  function behindText(name: string): string {
    const account = [...groups.accounts.values()].find(
      ({ receiver, owed: one }) => receiver === name && isBehind(one),
    );
    const open = receivers.get(name);
    const why = open?.openError ?? open?.off ?? account?.owed?.why;
    const whom = account === undefined || account.recipient === '' ? '' : ` for ${account.recipient}`;
    return `Receiver ${name} takes no messages${whom}${why === undefined ? '' : `: ${why}`}. They stay owed.`;
  }

  return {
    noteFiring(alert: AlertState): void {
      const firing = firingOfRule.get(alert.rule) ?? new Map<string, AlertState>();
      firingOfRule.set(alert.rule, firing.set(alert.id, alert));
      if (firing.size > WIDE_LIMIT && !groups.wide.has(alert.rule)) widen(alert);
    },
    noteOver({ alert: { id, rule }, kind, reason }: Change): void {
      const firing = firingOfRule.get(rule);
      firing?.delete(id);
      if (firing?.size === 0) firingOfRule.delete(rule);
      const wide = groups.wide.get(rule);
      if (wide !== undefined) wide.lastOver = { kind, ...(reason !== undefined && { reason }) };
    },
    /** Wide rules whose alerts are over, or have been few for a while: those that still fire are told one by one. */
    narrowWide(): void {
      const nowMs = clock.monotonicMs();
      for (const [rule, wide] of [...groups.wide]) {
        const count = firingOfRule.get(rule)?.size ?? 0;
        wide.fewSinceMs = count < WIDE_END ? (wide.fewSinceMs ?? nowMs) : undefined;
        if (wide.fewSinceMs === undefined) continue;
        // An edited rule ends its alerts all at once, and those that are left are true.
        const wasEdited = wide.lastOver?.kind === 'ended' && wide.lastOver.reason?.startsWith('rule');
        if (count === 0 || wasEdited || nowMs - wide.fewSinceMs >= INTERVAL_MS) {
          narrow(rule, wide.lastOver ?? RESOLVED);
        }
      }
    },
    clear: (): void => firingOfRule.clear(),
    judgeBehind,
    ruleOf: ({ id }: AlertState): Pick<AlertRule, 'labels' | 'text'> | undefined =>
      isBehindAlert(id) ? { labels: {}, text: behindText(receiverOf(id)) } : undefined,
    wideRuleOf: ({ id, rule, severity }: AlertState): WideRule | undefined =>
      id === wideId(rule)
        ? {
            rule,
            severity,
            firing: firingOfRule.get(rule)?.size ?? 0,
            hosts: groups.configuration().assignments.length,
          }
        : undefined,
    /** Those that were told fire on until it is known that their cause is gone. */
    restore(): void {
      for (const account of groups.accounts.values()) {
        for (const told of account.told.values()) {
          if (!isOwn(told) || account.over.has(told.id)) continue;
          groups.ownRoutes.set(told.id, [...(groups.ownRoutes.get(told.id) ?? []), account.receiver]);
          groups.fire(told);
          if (told.id === wideId(told.rule)) groups.wide.set(told.rule, newWide());
        }
      }
    },
  };
}

const worst = (alerts: readonly AlertState[]): Severity | undefined =>
  SEVERITIES.findLast((severity) => alerts.some((alert) => alert.severity === severity));
