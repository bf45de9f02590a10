// How many series each rule matches, counted incrementally, a few hosts at a time.
import { alertId } from './alert.ts';
import { NOTHING_MATCHED } from './built-in.ts';
import { type Host, sourceIndexOf } from './host.ts';
import { type Alerts, newAlert } from './open-alerts.ts';
import { type Binding, isRule, type Rule, type RuleSet } from './rule-set.ts';

/** Counting all hosts takes this long. */
export const ROUND_MS = 300_000;

export type RuleHealth = {
  /** Series of the rule's first metric in the last ticks of the hosts it covers; undefined before the first count. */
  readonly matches: number | undefined;
  readonly countedMs: number | undefined;
};

/** Names of rules whose scope matches no host. */
export function rulesWithoutHosts(hosts: ReadonlyMap<string, Host>, { rules }: RuleSet): ReadonlySet<string> {
  // Hosts that are covered alike share the array.
  const covered = new Set<Uint8Array>();
  for (const { scopes } of hosts.values()) covered.add(scopes);
  const fits = new Set<number>();
  for (const scopes of covered) for (const [scope, isIn] of scopes.entries()) if (isIn === 1) fits.add(scope);
  const without = [...rules.values()].filter(
    ({ scope, definition }) => definition.locations.length + definition.hosts.length > 0 && !fits.has(scope),
  );
  return new Set(hosts.size === 0 ? [] : without.map(({ definition }) => definition.name));
}

type Counting = Map<Binding, Map<Uint8Array, number>>;

export function createRuleHealth() {
  const counted = new Map<string, number>();
  let countedMs: number | undefined;
  /** How many series of hosts that are covered alike have a binding: what that says of each rule is worked out at the end. */
  let counting: Counting = new Map();
  let rest: Iterator<Host> | undefined;
  let startedMs = 0;
  let done = 0;

  function countHost(host: Host, counting: Counting): void {
    for (let index = 0; index < host.series.length; index++) {
      if (host.times[index] !== host.sources[sourceIndexOf(host, index)]?.lastTickMs) continue;
      const { binding } = host.series[index]!;
      if (binding.nodes.length === 0) continue;
      let bySeries = counting.get(binding);
      if (bySeries === undefined) counting.set(binding, (bySeries = new Map()));
      bySeries.set(host.scopes, (bySeries.get(host.scopes) ?? 0) + 1);
    }
  }

  function matchesByRule(counting: Counting): Map<string, number> {
    const matches = new Map<string, number>();
    for (const [{ nodes }, byScopes] of counting) {
      const rules = nodes
        .flat()
        .flatMap(({ starters }) => starters.flatMap(({ of }) => (isRule(of) ? of : [])));
      for (const [scopes, count] of byScopes) {
        for (const { scope, definition } of rules) {
          if (scopes[scope] === 1) matches.set(definition.name, (matches.get(definition.name) ?? 0) + count);
        }
      }
    }
    return matches;
  }

  /** A rule that stops matching any series is reported once: no alerts must not be mistaken for health. */
  function judge(rule: Rule, matches: number, alerts: Alerts, nowMs: number): void {
    const { name } = rule.definition;
    const before = counted.get(name);
    const open = alerts.open.get(alertId(NOTHING_MATCHED.definition.name, name));
    if (open === undefined && (matches > 0 || before === undefined || before === 0)) return;
    const alert =
      open ?? newAlert(NOTHING_MATCHED, { kind: 'rule', rule: name, before: before ?? 0 }, undefined);
    alerts.judge(alert, { crosses: [matches === 0], clears: [matches > 0], values: [], timeMs: nowMs });
  }

  return {
    advance: (hosts: ReadonlyMap<string, Host>, rules: RuleSet, alerts: Alerts, nowMs: number): void => {
      if (rest === undefined) {
        rest = hosts.values();
        startedMs = nowMs;
        done = 0;
        counting = new Map();
      }
      const due = Math.ceil((hosts.size * (nowMs - startedMs)) / ROUND_MS);
      for (; done < due; done++) {
        const { value: host } = rest.next();
        if (host === undefined) break;
        countHost(host, counting);
      }
      if (nowMs - startedMs < ROUND_MS) return;
      const matchesOf = matchesByRule(counting);
      for (const rule of rules.rules.values()) {
        if (rule.kind !== 'value') continue;
        const matches = matchesOf.get(rule.definition.name) ?? 0;
        judge(rule, matches, alerts, nowMs);
        counted.set(rule.definition.name, matches);
      }
      countedMs = nowMs;
      rest = undefined;
    },
    /** A changed rule is counted from the start: what it matched before says nothing of it. */
    forget: (rule: string): void => {
      counted.delete(rule);
      rest = undefined;
    },
    /** As counted last; where a rule is new since, all hosts are gone through now. */
    matches: (hosts: ReadonlyMap<string, Host>, rules: RuleSet): ReadonlyMap<string, number> => {
      const names = [...rules.rules.values()].flatMap(({ kind, definition }) =>
        kind === 'value' ? [definition.name] : [],
      );
      if (names.every((name) => counted.has(name))) return counted;
      const now: Counting = new Map();
      for (const host of hosts.values()) countHost(host, now);
      const matches = matchesByRule(now);
      return new Map(names.map((name) => [name, counted.get(name) ?? matches.get(name) ?? 0]));
    },
    of: (rule: string): RuleHealth => ({ matches: counted.get(rule), countedMs }),
  };
}
