// Evaluates rules on a stream of ticks and heartbeats: the same code live, in backtests and in rule tests. Time comes
// only from the stream and the caller.

import type { AlertState, Change } from './alert.ts';
import { removeHost, setHost } from './assignments.ts';
import { type Explanation, explain } from './explain.ts';
import { createSeriesTable, fillWindows, type Host, type PastSeries } from './host.ts';
import { createPresence } from './host-presence.ts';
import type { ShareCount } from './location-counts.ts';
import { shareOf } from './location-shares.ts';
import { createAlerts, type OpenCount, stateOf } from './open-alerts.ts';
import { createPipeline } from './pipeline.ts';
import { type Ruled, restoreAlerts, setRules } from './rule-changes.ts';
import { createRuleHealth, type RuleHealth, rulesWithoutHosts } from './rule-matches.ts';
import { createRuleSet, type RuleDefinition, windowsOf } from './rule-set.ts';
import { judgeSilence } from './silent-hosts.ts';
import { type ColumnTick, createTickIntake, type SeenHost, type StreamTick } from './tick-intake.ts';

export type { SeenHost, StreamTick } from './tick-intake.ts';

export type Evaluator = ReturnType<typeof createEvaluator>;

export function createEvaluator(onChange: (change: Change) => void) {
  const pipeline = createPipeline();
  const alerts = createAlerts(onChange);
  const hosts = new Map<string, Host>();
  const none = createRuleSet([]);
  const table = createSeriesTable(none);
  const health = createRuleHealth();
  const presence = createPresence(pipeline);
  const ruled: Ruled = { hosts, alerts, presence, table, health, rules: none, known: new Set() };
  const { take, sourceOf } = createTickIntake(ruled, pipeline);

  return {
    setRules: (definitions: readonly RuleDefinition[], atMs: number): void =>
      setRules(ruled, definitions, atMs),
    setHost: (id: string, location: string, atMs: number): void => setHost(ruled, { id, location }, atMs),
    removeHost: (id: string, atMs: number): void => removeHost(ruled, id, atMs),
    /** Alerts as they were stored. Call after setRules and setHost; rules that are gone or changed since are applied. */
    restore: (stored: readonly AlertState[], atMs: number): void =>
      restoreAlerts(ruled, stored, {
        atMs,
        noteEvaluated: (host, seen) => {
          const { source } = sourceOf(host, { ...seen, hostId: host.id, receivedMs: seen.timeMs });
          source.lastTickMs = Math.max(source.lastTickMs, seen.timeMs);
        },
      }),
    /** What analyze knows of hosts at the start, so that those that stopped meanwhile are found silent. */
    seeHost: (seen: SeenHost): void => {
      const host = hosts.get(seen.hostId);
      if (host === undefined) return;
      const { source } = sourceOf(host, seen);
      source.lastReceivedMs = Math.max(source.lastReceivedMs, seen.receivedMs);
      const streamMs = seen.receivedMs + pipeline.offsetMs(source.partition);
      source.lastReceivedStreamMs = Math.max(source.lastReceivedStreamMs, streamMs);
      presence.attend(host);
    },
    /** What rules ask over time. */
    windows: () => windowsOf(ruled.rules.rules.values()),
    /** Fills windows with past samples of a series, without evaluating them. */
    fill: (past: PastSeries & { readonly hostId: string }): void => {
      const host = hosts.get(past.hostId);
      if (host !== undefined) fillWindows(host, past, table);
    },
    /** Whether `seeHost` was called for all hosts that reported before: until then hosts not seen yet are unknown. */
    setComplete: presence.setComplete,
    /** Hosts under a silence do not count in shares of silent hosts. */
    setSilenced: (id: string, silenced: boolean): void => {
      const host = hosts.get(id);
      if (host === undefined || host.silenced === silenced) return;
      host.silenced = silenced;
      presence.recount(host);
    },
    tick: (incoming: StreamTick): void => {
      const { samples, ...tick } = incoming;
      const { machineId = '', bootId = '' } = tick;
      take({ ...tick, machineId, bootId, layout: samples, values: samples.map(({ value }) => value) }, false);
    },
    tickOfColumns: (incoming: ColumnTick): void => take(incoming, true),
    heartbeat: (partition: number, receivedMs: number): void => pipeline.note(partition, receivedMs),
    /** Evaluates what depends on time alone. `nowMs` is on the scale of received times, and advances monotonically. */
    advance: (nowMs: number): void => {
      judgeSilence({ presence, rules: ruled.rules, alerts, pipeline }, nowMs);
      health.advance(hosts, ruled.rules, alerts, nowMs);
      table.sweep(hosts.values());
    },
    /** All open alerts, pending and firing: to list, and to store. */
    open: (): AlertState[] => [...alerts.open.values()].map(stateOf),
    /** The same, without the making of states: whose revision is not the one that was stored is to be stored again. */
    alerts: alerts.open as ReadonlyMap<string, { readonly revision: number }>,
    /** How many are open of each rule, by its name. */
    counts: (): ReadonlyMap<string, OpenCount> => alerts.counts(),
    /** One of them. */
    stateOf: (id: string): AlertState | undefined => {
      const alert = alerts.open.get(id);
      return alert && stateOf(alert);
    },
    /** Why a rule fires on a host or does not; undefined if one of them is unknown or the rule is off. */
    explain: (ruleName: string, hostId: string): Explanation | undefined => {
      const [rule, host] = [ruled.rules.rules.get(ruleName), hosts.get(hostId)];
      return rule && host && explain(host, rule);
    },
    /** A location's share as counted by the last advance, a share of the rule each; undefined of fewer than three hosts. */
    sharesOf: (ruleName: string, location: string): (Pick<ShareCount, 'of' | 'among'> | undefined)[] =>
      (ruled.rules.rules.get(ruleName)?.shares ?? []).map(({ condition }) => {
        const count = shareOf(presence.locations.get(location)?.counts, condition);
        return count && { of: count.of, among: count.among };
      }),
    /** How many series each rule of values matches. */
    ruleMatches: (): ReadonlyMap<string, number> => health.matches(hosts, ruled.rules),
    ruleHealth: (ruleName: string): RuleHealth => health.of(ruleName),
    /** Rules whose scope fits no host, by their names; none while there are no hosts at all. */
    rulesWithoutHosts: (): ReadonlySet<string> => rulesWithoutHosts(hosts, ruled.rules),
    hosts: hosts as ReadonlyMap<string, Host>,
  };
}
