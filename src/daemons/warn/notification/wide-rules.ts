// Rules with too many alerts to send one by one: each is sent as one line until few alerts are left.
import { type AlertState, type Change, WIDE_RULE_ALERTS } from '../../../domain/alerting/alert.ts';
import { SEVERITIES, type Severity } from '../../../domain/expression/syntax.ts';
import type { WideRule } from '../../../receivers/message.ts';
import { INTERVAL_MS } from './decision.ts';
import type { How, Wide } from './groups.ts';
import { type OwnAlertParts, RESOLVED, wideAlert, wideId } from './own-alerts.ts';

/** Under this number for a while, the alerts of a rule are told one by one again. */
const WIDE_END = 900;

const newWide = (): Wide => ({ lastOver: undefined, fewSinceMs: undefined });

export type WideRulesParts = OwnAlertParts & {
  /** Members of a rule that is told one by one again are due. */
  readonly touchAll: () => void;
};

export function createWideRules({ clock, groups, fire, endOwn, touchAll }: WideRulesParts) {
  const firingOfRule = new Map<string, Map<string, AlertState>>();

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

  return {
    noteFiring(alert: AlertState): void {
      const firing = firingOfRule.get(alert.rule) ?? new Map<string, AlertState>();
      firingOfRule.set(alert.rule, firing.set(alert.id, alert));
      if (firing.size > WIDE_RULE_ALERTS && !groups.wide.has(alert.rule)) widen(alert);
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
    wideRuleOf: ({ id, rule, severity }: AlertState): WideRule | undefined =>
      id === wideId(rule)
        ? {
            rule,
            severity,
            firing: firingOfRule.get(rule)?.size ?? 0,
            hosts: groups.configuration().assignments.length,
          }
        : undefined,
    /** One that was told is wide until its alerts are known to be few. */
    restore: (rule: string): void => void groups.wide.set(rule, newWide()),
    clear: (): void => firingOfRule.clear(),
  };
}

const worst = (alerts: readonly AlertState[]): Severity | undefined =>
  SEVERITIES.findLast((severity) => alerts.some((alert) => alert.severity === severity));
