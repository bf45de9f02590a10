// Evaluates rules about the share of a location's known hosts that are over a bound or silent.
import { alertId } from './alert.ts';
import { FLEET_SILENT } from './built-in.ts';
import type { Presence } from './host-presence.ts';
import type { ShareCount } from './location-counts.ts';
import { type Alerts, newAlert } from './open-alerts.ts';
import { crosses, identityOf, type RuleSet, type ShareCondition } from './rule-set.ts';

/** A share needs at least this many hosts. */
export const MIN_SHARE_HOSTS = 3;

/** Undefined of too few hosts to have a share. */
export function shareOf(
  counts: ReadonlyMap<ShareCondition, ShareCount> | undefined,
  condition: ShareCondition,
): ShareCount | undefined {
  const count = counts?.get(condition);
  return count === undefined || count.among < MIN_SHARE_HOSTS ? undefined : count;
}

type ShareAt = { readonly streamMs: number; readonly stampOffsetMs: number; readonly fleetFires: boolean };

export function judgeShares(
  {
    rules,
    alerts,
    presence,
  }: { readonly rules: RuleSet; readonly alerts: Alerts; readonly presence: Presence },
  at: ShareAt,
): void {
  const { locations } = presence;
  for (const rule of rules.rules.values()) {
    if (rule.kind !== 'share') continue;
    for (const [location, { counts }] of locations) {
      const open = alerts.open.get(alertId(identityOf(rule.definition), location));
      const shares = rule.shares.map(({ share, condition }) => {
        const count = shareOf(counts, condition);
        if (count === undefined) return undefined;
        const { of, among, unknown } = count;
        const isOver = (some: number, all: number) =>
          crosses(share.op, (some / all) * 100, share.percent) && some >= (share.min ?? 0);
        const holds = isOver(of, among);
        // A firing alert ends only if the share is below the bound even with all unknown hosts counted.
        const mayHold = open !== undefined && [of, of + unknown].some((n) => isOver(n, among + unknown));
        return {
          percent: (of / among) * 100,
          basis: { count: of, total: among },
          holds: holds || !mayHold ? holds : undefined,
        };
      });
      const holds = shares.some((s) => s?.holds === false)
        ? false
        : shares.some((s) => s?.holds === undefined)
          ? undefined
          : true;
      if (open === undefined && holds !== true) continue;
      const alert = open ?? newAlert(rule, { kind: 'location', location }, undefined);
      if (open === undefined) alert.stampOffsetMs = at.stampOffsetMs;
      const fleetOpen = at.fleetFires && rule.shares.some(({ condition }) => condition.tests === undefined);
      alerts.judge(alert, {
        crosses: [holds],
        clears: [holds === undefined ? undefined : !holds],
        values: shares.map((s) => s?.percent ?? Number.NaN),
        bases: shares.map((s) => s?.basis ?? null),
        timeMs: at.streamMs,
        stampOffsetMs: at.stampOffsetMs,
        inside: fleetOpen ? FLEET_SILENT.definition.name : undefined,
      });
    }
  }
  for (const alert of [...alerts.open.values()]) {
    if (alert.subject.kind === 'location' && !locations.has(alert.subject.location))
      alerts.end(alert, 'no longer reported', at.streamMs + Math.max(at.stampOffsetMs, alert.stampOffsetMs));
  }
}
