// Rules judged on a stream of ticks and heartbeats: the same code live, in backtests and in tests of rules. Time is
// only what the stream and the caller say.

import type { Severity } from '../expression/syntax.ts';
import { lateAfterMs, silentAfterMs } from '../host.ts';
import type { Sample, Tick } from '../tick.ts';
import { type AlertState, type Change, identityInId } from './alert.ts';
import { type Alert, createAlerts, newAlert, type OpenCount, stateOf } from './alerts.ts';
import { CLOCK_FAULT, internalRule } from './built-in.ts';
import { type Explanation, explain } from './explain.ts';
import {
  createHost,
  createSeriesTable,
  fillWindows,
  forgetLayout,
  forgetUnwantedWindows,
  type Host,
  type Layout,
  type PastSeries,
  type Source,
  storeSamples,
} from './host.ts';
import { evaluateTick, recheckAlert } from './host-evaluation.ts';
import { createHostFaults } from './host-faults.ts';
import { newMachines } from './machines.ts';
import { createPipeline } from './pipeline.ts';
import { createPresence, type ShareCount } from './presence.ts';
import { createRuleHealth, type RuleHealth, rulesWithoutHosts } from './rule-health.ts';
import { createRuleSet, identityOf, type Rule, type RuleDefinition, windowsOf } from './rule-set.ts';
import { judgeSilence, shareOf } from './silence.ts';

export type StreamTick = Pick<Tick, 'hostId' | 'timeMs' | 'intervalMs'> & {
  readonly source?: string;
  readonly partition?: number;
  readonly receivedMs: number;
  /** Of the agent's machine; empty or absent where it is not known. */
  readonly machineId?: string;
  readonly samples: readonly Sample[];
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
  let rules = createRuleSet([]);
  /** Disabled rules too. */
  let known: ReadonlySet<string> = new Set();
  const table = createSeriesTable(rules);
  const health = createRuleHealth();
  const touched: number[] = [];
  const presence = createPresence(pipeline);
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
    if (hadConditions || host.trueConditions !== undefined) presence.recount(host);
    if (!isPiece) faults.noteStamp(host, source, incoming);
  }

  function setHost(id: string, location: string, atMs: number): void {
    const host = hosts.get(id);
    if (host === undefined) {
      const added = createHost(id, location, rules.scopesOf(id, location));
      hosts.set(id, added);
      presence.add(added);
      return;
    }
    if (host.location === location) return;
    const from = host.location;
    host.location = location;
    presence.moved(host, from);
    host.scopes = rules.scopesOf(id, location);
    for (const alert of [...(host.alerts?.values() ?? [])]) {
      if (alert.subject.kind !== 'host') continue;
      if (isOwn(alert.rule) && host.scopes[alert.rule.scope] !== 1) alerts.end(alert, 'host moved', atMs);
      else alerts.move(alert, { ...alert.subject, location }, atMs);
    }
    dropOutOfScope(host);
  }

  /** Conditions of shares that cover the host no longer. */
  function dropOutOfScope(host: Host): void {
    for (const condition of host.trueConditions?.keys() ?? [])
      if (host.scopes[condition.scope] !== 1) host.trueConditions!.delete(condition);
  }

  const ruleOfIdentity = (identity: string): Rule | undefined => {
    // Nearly always its name; the others are looked for.
    const named = rules.rules.get(identity);
    if (named !== undefined && identityOf(named.definition) === identity) return named;
    return [...rules.rules.values()].find(({ definition }) => identityOf(definition) === identity);
  };

  const isOwn = (rule: Rule): boolean => rules.rules.get(rule.definition.name) === rule;

  function setRules(definitions: readonly RuleDefinition[], atMs: number): void {
    const before = rules;
    const previous = rules.rules;
    const identitiesBefore = new Set([...previous.values()].map(({ definition }) => identityOf(definition)));
    known = new Set(definitions.map(identityOf));
    rules = createRuleSet(definitions);
    table.setRules(rules);
    const conditions = new Map(rules.conditions.map((condition) => [condition.key, condition]));
    for (const host of hosts.values()) {
      if (rules.scopesKey !== before.scopesKey) host.scopes = rules.scopesOf(host.id, host.location);
      if (rules.metricsKey !== before.metricsKey) forgetLayout(host);
      forgetUnwantedWindows(host);
      if (host.trueConditions === undefined) continue;
      const kept = [...host.trueConditions].flatMap(([{ key }, seenMs]) => {
        const condition = conditions.get(key);
        return condition === undefined ? [] : [[condition, seenMs] as const];
      });
      host.trueConditions = kept.length === 0 ? undefined : new Map(kept);
    }
    presence.recountAll();
    for (const [name, rule] of previous) {
      if (rules.rules.get(name)?.canonical !== rule.canonical) health.forget(name);
    }
    for (const alert of [...alerts.open.values()]) {
      const identity = identityOf(alert.rule.definition);
      if (endWithItsRule(alert, atMs) || !identitiesBefore.has(identity)) continue;
      const next = ruleOfIdentity(identity);
      if (next === undefined) alerts.end(alert, known.has(identity) ? 'rule disabled' : 'rule deleted', atMs);
      else adoptRule(alert, next, atMs);
    }
  }

  /** An alert about a rule, such as that it matches nothing, has nobody to end it once the rule is gone. */
  function endWithItsRule(alert: Alert, atMs: number): boolean {
    const { subject } = alert;
    if (subject.kind !== 'rule' || rules.rules.has(subject.rule)) return false;
    alerts.end(alert, known.has(subject.rule) ? 'rule disabled' : 'rule deleted', atMs);
    return true;
  }

  /** The alert of a rule that was saved again: what did not change touches nothing. */
  function adoptRule(alert: Alert, next: Rule, atMs: number): void {
    const old = alert.rule.definition;
    const { definition } = next;
    const same =
      alert.rule.canonical === next.canonical &&
      JSON.stringify([old.locations, old.hosts]) === JSON.stringify([definition.locations, definition.hosts]);
    if (same) {
      // Its levels may be of other severities now.
      const renamed = old.name !== definition.name;
      if (renamed || String(alert.rule.severities) !== String(next.severities)) alerts.touch(alert);
      alert.rule = next;
      return;
    }
    const { subject } = alert;
    const host = subject.kind === 'host' ? hosts.get(subject.host) : undefined;
    if (alert.rule.kind !== next.kind) alerts.end(alert, 'rule changed', atMs);
    else if (next.kind === 'value') {
      if (host !== undefined) recheckAlert(host, alert, next, alerts);
    } else if (host !== undefined && host.scopes[next.scope] !== 1) alerts.end(alert, 'rule changed', atMs);
    else {
      // Silence and shares are judged with the next advance.
      alert.rule = next;
      alert.recheck = true;
      alerts.touch(alert);
    }
  }

  function removeHost(id: string, atMs: number): void {
    const host = hosts.get(id);
    for (const alert of [...(host?.alerts?.values() ?? [])]) alerts.end(alert, 'host removed', atMs);
    hosts.delete(id);
    if (host !== undefined) presence.remove(host);
  }

  /** Alerts as they were stored. Call after setRules and setHost; rules that are gone or changed since are applied. */
  function restore(stored: readonly AlertState[], atMs: number): void {
    for (const state of stored) {
      const { subject } = state;
      const host = subject.kind === 'host' ? hosts.get(subject.host) : undefined;
      const identity = identityInId(state.id);
      const rule = ruleOfIdentity(identity) ?? internalRule(state.rule);
      const severity: Severity = state.severity;
      const fallback = {
        ...CLOCK_FAULT,
        definition: { ...CLOCK_FAULT.definition, name: state.rule, severity },
        canonical: state.expression,
        severities: state.levels.map(() => severity),
      };
      const alert: Alert = {
        ...newAlert(rule ?? fallback, subject, host),
        id: state.id,
        levels: [...state.levels],
        source: state.source,
        values: state.values,
        bases: state.bases,
        firedValue: state.firedValue,
        worstValue: state.worstValue,
        firedMs: state.firedMs,
        evaluatedMs: state.evaluatedMs,
        noDataSinceMs: state.noDataSinceMs,
        held: state.held ?? false,
        inside: state.inside,
      } as Alert;
      alerts.adopt(alert);
      if (endWithItsRule(alert, atMs)) continue;
      if (subject.kind === 'host' && host === undefined) alerts.end(alert, 'host removed', atMs);
      else if (rule === undefined) {
        alerts.end(alert, known.has(identity) ? 'rule disabled' : 'rule deleted', atMs);
      } else if (isOwn(rule) && host !== undefined && host.scopes[rule.scope] !== 1) {
        const hasMoved = subject.kind === 'host' && subject.location !== host.location;
        alerts.end(alert, hasMoved ? 'host moved' : 'rule changed', atMs);
      } else if (rule.canonical !== state.expression) alert.recheck = true;
      if (host !== undefined && rule?.kind === 'value' && alerts.open.has(alert.id)) {
        const { source } = sourceOf(host, {
          ...state,
          hostId: host.id,
          timeMs: state.evaluatedMs,
          intervalMs: 60_000,
          receivedMs: state.evaluatedMs,
        });
        source.lastTickMs = Math.max(source.lastTickMs, state.evaluatedMs);
      }
      if (host === undefined) continue;
      presence.attend(host);
      const { location } = host;
      if (subject.kind !== 'host' || subject.location === location) continue;
      if (alerts.open.has(alert.id)) alerts.move(alert, { ...subject, location }, atMs);
    }
  }

  return {
    setRules,
    setHost,
    removeHost,
    restore,
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
    windows: () => windowsOf(rules.rules.values()),
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
      judgeSilence({ presence, rules, alerts, pipeline }, nowMs);
      health.advance(hosts, rules, alerts, nowMs);
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
      const [rule, host] = [rules.rules.get(ruleName), hosts.get(hostId)];
      return rule && host && explain(host, rule);
    },
    /** A location's share as counted by the last advance, a share of the rule each; undefined of fewer than three hosts. */
    sharesOf: (ruleName: string, location: string): (Pick<ShareCount, 'of' | 'among'> | undefined)[] =>
      (rules.rules.get(ruleName)?.shares ?? []).map(({ condition }) => {
        const count = shareOf(presence.locations.get(location)?.counts, condition);
        return count && { of: count.of, among: count.among };
      }),
    /** How many series each rule of values matches. */
    ruleMatches: (): ReadonlyMap<string, number> => health.matches(hosts, rules),
    ruleHealth: (ruleName: string): RuleHealth => health.of(ruleName),
    /** Rules whose scope fits no host, by their names; none while there are no hosts at all. */
    rulesWithoutHosts: (): ReadonlySet<string> => rulesWithoutHosts(hosts, rules),
    hosts: hosts as ReadonlyMap<string, Host>,
  };
}
