// Detects silent hosts, a silent fleet and a stalled pipeline as the stream advances.
import { silentAfterMs } from '../host.ts';
import { REPORTS_WITHIN_MS } from '../tick.ts';
import { alertId } from './alert.ts';
import { FLEET_SILENT, PIPELINE_STALLED } from './built-in.ts';
import type { Host } from './host.ts';
import { isQuiet, type Presence, type QuietHost, silentSince } from './host-presence.ts';
import { judgeShares, MIN_SHARE_HOSTS } from './location-shares.ts';
import { type Alert, type Alerts, isFiring, newAlert } from './open-alerts.ts';
import type { Pipeline } from './pipeline.ts';
import { identityOf, type Rule, type RuleSet } from './rule-set.ts';

export type Parts = {
  readonly presence: Presence;
  readonly rules: RuleSet;
  readonly alerts: Alerts;
  readonly pipeline: Pipeline;
};

export function judgeSilence(parts: Parts, nowMs: number): void {
  const { presence, rules, alerts, pipeline } = parts;
  pipeline.noteNow(nowMs);
  judgePipeline(alerts, pipeline.stalledSince(nowMs), nowMs);
  const quiet = presence.advance(nowMs, rules.conditions, (host) => noteQuietSources(host, alerts, pipeline));
  const { streamMs, stampOffsetMs } = pipeline.newest();
  const fleetFires = judgeFleet(alerts, presence.locations, streamMs, stampOffsetMs);
  judgeShares(parts, { streamMs, stampOffsetMs, fleetFires });
  judgeSilentRules(parts, quiet, fleetFires);
}

/** Alerts on values of a source that is silent: pending ends, firing is marked, and after a day it ends. */
function noteQuietSources(host: Host, alerts: Alerts, pipeline: Pipeline): void {
  for (const source of host.sources) {
    if (!isQuiet(source, pipeline)) continue;
    const ageMs = pipeline.streamMs(source.partition) - source.lastReceivedStreamMs;
    for (const alert of [...(host.alerts?.values() ?? [])]) {
      if (alert.rule.kind !== 'value' || alert.source !== source.name) continue;
      if (ageMs > REPORTS_WITHIN_MS) alerts.end(alert, 'no data', source.lastReceivedMs + ageMs);
      else if (alert.noDataSinceMs === undefined) {
        alert.noDataSinceMs = source.lastTickMs;
        alerts.interrupt(alert, source.lastTickMs + silentAfterMs(source.intervalMs));
      }
    }
  }
}

function judgePipeline(
  alerts: Alerts,
  stalled: { readonly sinceMs: number; readonly stampOffsetMs: number } | undefined,
  nowMs: number,
): void {
  const open = alerts.open.get(alertId(PIPELINE_STALLED.definition.name, ''));
  if (stalled === undefined && open === undefined) return;
  const alert = open ?? newAlert(PIPELINE_STALLED, { kind: 'pipeline' }, undefined);
  if (open === undefined) alert.stampOffsetMs = stalled?.stampOffsetMs ?? 0;
  alerts.judge(alert, {
    crosses: [stalled !== undefined],
    clears: [stalled === undefined],
    values: [],
    timeMs: nowMs,
    ...(stalled && { sinceMs: stalled.sinceMs }),
  });
}

/** Every host of several locations silent while heartbeats flow: one cause, one alert. */
function judgeFleet(
  alerts: Alerts,
  locations: Presence['locations'],
  streamMs: number,
  stampOffsetMs: number,
): boolean {
  const open = alerts.open.get(alertId(FLEET_SILENT.definition.name, ''));
  const fleet = { of: 0, among: 0 };
  for (const { all } of locations.values()) {
    fleet.of += all.of;
    fleet.among += all.among;
  }
  const dark = locations.size > 1 && fleet.among >= MIN_SHARE_HOSTS && fleet.of === fleet.among;
  // No host is known: only the pipeline alert fires.
  if (fleet.among === 0 || (!dark && open === undefined)) return open !== undefined && isFiring(open);
  const alert = open ?? newAlert(FLEET_SILENT, { kind: 'fleet' }, undefined);
  if (open === undefined) alert.stampOffsetMs = stampOffsetMs;
  alerts.judge(alert, { crosses: [dark], clears: [!dark], values: [], timeMs: streamMs, stampOffsetMs });
  return isFiring(alert) && dark;
}

function judgeSilentRules(parts: Parts, quiet: readonly QuietHost[], fleetFires: boolean): void {
  const { rules, alerts, pipeline } = parts;
  const silentRules = [...rules.rules.values()].filter((rule) => rule.kind === 'silent');
  if (silentRules.length === 0) return;
  const shareRules = [...rules.rules.values()].filter((rule) => rule.shares.some((s) => !s.condition.tests));
  const darkness = new Map<string, Darkness>();
  for (const { host, unknown } of quiet) {
    if (unknown) continue;
    let dark = darkness.get(host.location);
    if (dark === undefined) {
      dark = darknessOf(shareRules, host.location, alerts);
      darkness.set(host.location, dark);
    }
    // The source that was heard last says since when the host is silent.
    const last = host.sources.reduce((a, b) => (silentSince(b, pipeline) > silentSince(a, pipeline) ? b : a));
    const { partition } = last;
    for (const rule of silentRules) {
      if (host.scopes[rule.scope] !== 1) continue;
      const open = host.alerts?.get(alertId(identityOf(rule.definition), host.id));
      if (!host.silent && open === undefined) continue;
      const alert: Alert =
        open ?? newAlert(rule, { kind: 'host', host: host.id, location: host.location, labels: {} }, host);
      if (open === undefined) alert.stampOffsetMs = pipeline.stampOffsetMs(partition);
      const inside = fleetFires ? FLEET_SILENT.definition.name : dark.firing;
      alerts.judge(alert, {
        crosses: [host.silent],
        clears: [!host.silent],
        values: [],
        timeMs: pipeline.streamMs(partition),
        stampOffsetMs: pipeline.stampOffsetMs(partition),
        sinceMs: silentSince(last, pipeline),
        hold: dark.over && inside === undefined,
        inside,
      });
    }
  }
}

/** Whether a location is over the share of a rule about silence, and which of them fires. */
type Darkness = { readonly over: boolean; readonly firing: string | undefined };

function darknessOf(shareRules: readonly Rule[], location: string, alerts: Alerts): Darkness {
  let over = false;
  let firing: string | undefined;
  for (const rule of shareRules) {
    const open = alerts.open.get(alertId(identityOf(rule.definition), location));
    if (open === undefined) continue;
    over = true;
    if (isFiring(open)) firing = rule.definition.name;
  }
  return { over, firing };
}
