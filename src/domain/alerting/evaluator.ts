// Rules judged on a stream of ticks and heartbeats: the same code live, in backtests and in tests of rules. Time is
// only what the stream and the caller say.

import { lateAfterMs, silentAfterMs } from '../host.ts';
import type { Sample, Tick } from '../tick.ts';
import type { AlertState, Change } from './alert.ts';
import { createAlerts, type OpenCount, stateOf } from './alerts.ts';
import { type Explanation, explain } from './explain.ts';
import {
  createHost,
  createSeriesTable,
  fillWindows,
  type Host,
  type Layout,
  type PastSeries,
  type Source,
  storeSamples,
} from './host.ts';
import { endSeries, evaluateTick } from './host-evaluation.ts';
import { createHostFaults } from './host-faults.ts';
import { createPresence, type ShareCount } from './host-presence.ts';
import { newMachines } from './machines.ts';
import { createPipeline } from './pipeline.ts';
import { isOwn, type Ruled, restoreAlerts, setRules } from './rule-changes.ts';
import { createRuleHealth, type RuleHealth, rulesWithoutHosts } from './rule-health.ts';
import { createRuleSet, type RuleDefinition, windowsOf } from './rule-set.ts';
import { judgeSilence, shareOf } from './silence.ts';

export type StreamTick = Pick<Tick, 'hostId' | 'timeMs' | 'intervalMs'> & {
  readonly source?: string;
  readonly partition?: number;
  readonly receivedMs: number;
  /** Of the agent's machine; empty or absent where it is not known. */
  readonly machineId?: string;
  readonly samples: readonly Sample[];
  /** Series keys of what the source reports no longer, since this time. */
  readonly ended?: readonly string[];
};

/** As decoders give it: `layout` is the same object while the series are the same. `values` is read at once, not kept. */
export type ColumnTick = Omit<StreamTick, 'samples'> & {
  readonly layout: Layout;
  readonly values: ArrayLike<number>;
};

/** A host as it was last known, for one that does not report any more when the evaluator starts. */
export type SeenHost = Pick<
  StreamTick,
  'hostId' | 'timeMs' | 'intervalMs' | 'receivedMs' | 'partition' | 'source'
>;

export type Evaluator = ReturnType<typeof createEvaluator>;

export function createEvaluator(onChange: (change: Change) => void) {
  const pipeline = createPipeline();
  const alerts = createAlerts(onChange);
  const hosts = new Map<string, Host>();
  const none = createRuleSet([]);
  const table = createSeriesTable(none);
  const health = createRuleHealth();
  const touched: number[] = [];
  const presence = createPresence(pipeline);
  const ruled: Ruled = { hosts, alerts, presence, table, health, rules: none, known: new Set() };
  const faults = createHostFaults(alerts);

  function sourceOf(host: Host, seen: SeenHost): { source: Source; index: number } {
    const name = seen.source ?? '';
    for (let index = 0; index < host.sources.length; index++)
      if (host.sources[index]!.name === name) return { source: host.sources[index]!, index };
    const source: Source = {
      name,
      lastTickMs: Number.NEGATIVE_INFINITY,
      intervalMs: seen.intervalMs,
      partition: seen.partition ?? 0,
      lastReceivedMs: seen.receivedMs,
      lastReceivedStreamMs: seen.receivedMs + pipeline.offsetMs(seen.partition ?? 0),
      lastNewerStreamMs: pipeline.streamMs(seen.partition ?? 0),
      clockFault: undefined,
      oldStamps: 0,
      heldBackMs: undefined,
      machines: newMachines(),
    };
    const index = host.sources.push(source) - 1;
    if (index > 0) host.seriesSources ??= host.series.map(() => 0);
    return { source, index };
  }

  /**
   * The first tick that is heard of a source, and it comes late: newer ones were judged before this evaluator began, or it
   * is the clock that is wrong. Which, the next newest tick says, unless none comes in time.
   */
  function holdBack(host: Host, source: Source, incoming: ColumnTick): boolean {
    const { timeMs, receivedMs, intervalMs } = incoming;
    if (source.lastTickMs !== Number.NEGATIVE_INFINITY) return false;
    if (receivedMs - timeMs <= silentAfterMs(intervalMs)) return false;
    const nowMs = source.lastReceivedStreamMs;
    // What an agent kept comes at once; a clock that is wrong stamps one tick an interval.
    const isOfItsOwn = source.heldBackMs === undefined || nowMs - source.heldBackMs >= intervalMs / 2;
    source.heldBackMs ??= nowMs;
    if (isOfItsOwn) faults.noteStamp(host, source, incoming);
    return nowMs - source.heldBackMs <= lateAfterMs(intervalMs);
  }

  function take(incoming: ColumnTick, stable: boolean): void {
    const partition = incoming.partition ?? 0;
    pipeline.note(partition, incoming.receivedMs);
    const host = hosts.get(incoming.hostId);
    if (host === undefined) return;
    const { source, index } = sourceOf(host, incoming);
    const { timeMs, intervalMs } = incoming;
    source.partition = partition;
    const streamMs = pipeline.streamMs(partition);
    // Also of ticks that are not judged: two agents on one grid send the same times.
    const { machineId, receivedMs } = incoming;
    if (machineId !== undefined) faults.noteMachine(host, source, { machineId, receivedMs, streamMs });
    source.lastReceivedMs = Math.max(source.lastReceivedMs, receivedMs);
    source.lastReceivedStreamMs = streamMs;
    presence.heard(host, source);
    // Another agent's round comes in pieces; minimon's own tick at the same time is the same again.
    const isPiece = source.name !== '' && timeMs === source.lastTickMs;
    if (timeMs === source.lastTickMs && !isPiece) return;
    touched.length = 0;
    const { layout, values } = incoming;
    storeSamples(host, { layout, values, stable, timeMs, source: index, table }, touched);
    if (timeMs < source.lastTickMs) {
      faults.noteOldStamp(host, source, incoming);
      return;
    }
    if (!isPiece && holdBack(host, source, incoming)) return;
    const gapMs = timeMs - source.lastTickMs;
    if (host.alerts !== undefined && gapMs > silentAfterMs(Math.max(intervalMs, source.intervalMs))) {
      for (const alert of [...host.alerts.values()])
        if (alert.rule.kind === 'value' && alert.source === source.name) alerts.interrupt(alert, timeMs);
    }
    source.lastTickMs = timeMs;
    if (intervalMs !== source.intervalMs) presence.attend(host);
    source.intervalMs = intervalMs;
    source.lastNewerStreamMs = source.lastReceivedStreamMs;
    const hadConditions = host.trueConditions !== undefined;
    evaluateTick(host, touched, { timeMs, intervalMs, source: index, partial: source.name !== '' }, alerts);
    if (incoming.ended !== undefined) endSeries(host, incoming.ended, timeMs, alerts);
    if (hadConditions || host.trueConditions !== undefined) presence.recount(host);
    if (!isPiece) faults.noteStamp(host, source, incoming);
  }

  function setHost(id: string, location: string, atMs: number): void {
    const host = hosts.get(id);
    if (host === undefined) {
      const added = createHost(id, location, ruled.rules.scopesOf(id, location));
      hosts.set(id, added);
      presence.add(added);
      return;
    }
    if (host.location === location) return;
    const from = host.location;
    host.location = location;
    presence.moved(host, from);
    host.scopes = ruled.rules.scopesOf(id, location);
    for (const alert of [...(host.alerts?.values() ?? [])]) {
      if (alert.subject.kind !== 'host') continue;
      if (isOwn(ruled, alert.rule) && host.scopes[alert.rule.scope] !== 1)
        alerts.end(alert, 'host moved', atMs);
      else alerts.move(alert, { ...alert.subject, location }, atMs);
    }
    dropOutOfScope(host);
  }

  /** Conditions of shares that cover the host no longer. */
  function dropOutOfScope(host: Host): void {
    for (const condition of host.trueConditions?.keys() ?? [])
      if (host.scopes[condition.scope] !== 1) host.trueConditions!.delete(condition);
  }

  function removeHost(id: string, atMs: number): void {
    const host = hosts.get(id);
    for (const alert of [...(host?.alerts?.values() ?? [])]) alerts.end(alert, 'host removed', atMs);
    hosts.delete(id);
    if (host !== undefined) presence.remove(host);
  }

  return {
    setRules: (definitions: readonly RuleDefinition[], atMs: number): void =>
      setRules(ruled, definitions, atMs),
    setHost,
    removeHost,
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
    /** Past samples of a series, for windows that began later: nothing is judged by them. */
    fill: (past: PastSeries & { readonly hostId: string }): void => {
      const host = hosts.get(past.hostId);
      if (host !== undefined) fillWindows(host, past, table);
    },
    /** Whether `seeHost` was told all hosts that reported before: until then those not heard yet are unknown. */
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
      take({ ...tick, layout: samples, values: samples.map(({ value }) => value) }, false);
    },
    tickOfColumns: (incoming: ColumnTick): void => take(incoming, true),
    heartbeat: (partition: number, receivedMs: number): void => pipeline.note(partition, receivedMs),
    /** Judges what the passing of time alone decides. `nowMs` on the scale of received times, advanced monotonically. */
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
