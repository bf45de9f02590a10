// Applies saved, changed and deleted rules to hosts and open alerts, restored ones included.
import { USUAL_INTERVAL_MS } from '../tick.ts';
import { type AlertState, identityInId } from './alert.ts';
import { CLOCK_FAULT, internalRule } from './built-in.ts';
import { forgetLayout, forgetUnwantedWindows, type Host, type SeriesTable } from './host.ts';
import { recheckAlert } from './host-evaluation.ts';
import type { Presence } from './host-presence.ts';
import { type Alert, type Alerts, newAlert } from './open-alerts.ts';
import type { createRuleHealth } from './rule-matches.ts';
import { createRuleSet, identityOf, type Rule, type RuleDefinition, type RuleSet } from './rule-set.ts';

/** The rules in force, and what is judged by them. */
export type Ruled = {
  rules: RuleSet;
  /** Identities, of disabled rules too. */
  known: ReadonlySet<string>;
  readonly hosts: Map<string, Host>;
  readonly alerts: Alerts;
  readonly presence: Presence;
  readonly table: SeriesTable;
  readonly health: ReturnType<typeof createRuleHealth>;
};

/** Not one of minimon's own, such as clock-fault, that is in no set. */
export const isOwn = ({ rules }: Ruled, rule: Rule): boolean =>
  rules.rules.get(rule.definition.name) === rule;

export function setRules(ruled: Ruled, definitions: readonly RuleDefinition[], atMs: number): void {
  const { alerts, health, presence, table } = ruled;
  const before = ruled.rules;
  const identitiesBefore = new Set(
    [...before.rules.values()].map(({ definition }) => identityOf(definition)),
  );
  ruled.known = new Set(definitions.map(identityOf));
  ruled.rules = createRuleSet(definitions);
  table.setRules(ruled.rules);
  fitHosts(ruled, before);
  presence.recountAll();
  for (const [name, rule] of before.rules) {
    if (ruled.rules.rules.get(name)?.canonical !== rule.canonical) health.forget(name);
  }
  for (const alert of [...alerts.open.values()]) {
    const identity = identityOf(alert.rule.definition);
    if (endWithItsRule(ruled, alert, atMs) || !identitiesBefore.has(identity)) continue;
    const next = ruleOfIdentity(ruled, identity);
    if (next === undefined) alerts.end(alert, whyGone(ruled, identity), atMs);
    else adoptRule(ruled, alert, { next, atMs });
  }
}

/** What hosts keep for their rules: whose scope they are in, which series are read, what is held of shares. */
function fitHosts({ rules, hosts }: Ruled, before: RuleSet): void {
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
}

function ruleOfIdentity({ rules }: Ruled, identity: string): Rule | undefined {
  // Nearly always its name; the others are looked for.
  const named = rules.rules.get(identity);
  if (named !== undefined && identityOf(named.definition) === identity) return named;
  return [...rules.rules.values()].find(({ definition }) => identityOf(definition) === identity);
}

const whyGone = ({ known }: Ruled, identity: string) =>
  known.has(identity) ? 'rule disabled' : 'rule deleted';

/** Ends alerts about a deleted rule, such as that it matches nothing. */
function endWithItsRule(ruled: Ruled, alert: Alert, atMs: number): boolean {
  const { subject } = alert;
  if (subject.kind !== 'rule' || ruled.rules.rules.has(subject.rule)) return false;
  ruled.alerts.end(alert, whyGone(ruled, subject.rule), atMs);
  return true;
}

/** The alert of a rule that was saved again: what did not change touches nothing. */
function adoptRule(
  { alerts, hosts }: Ruled,
  alert: Alert,
  { next, atMs }: { readonly next: Rule; readonly atMs: number },
): void {
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

export type RestoreAt = {
  readonly atMs: number;
  /** Values of the host were judged until then: older ticks of that source change nothing. */
  readonly noteEvaluated: (host: Host, seen: Evaluated) => void;
};

type Evaluated = {
  readonly source?: string;
  readonly timeMs: number;
  readonly intervalMs: number;
};

/** Alerts as they were stored; of rules and hosts that are gone or changed since, they end or are judged again. */
export function restoreAlerts(
  ruled: Ruled,
  stored: readonly AlertState[],
  { atMs, noteEvaluated }: RestoreAt,
): void {
  const { alerts, hosts, presence } = ruled;
  for (const state of stored) {
    const { subject, source, evaluatedMs } = state;
    const host = subject.kind === 'host' ? hosts.get(subject.host) : undefined;
    const rule = ruleOfIdentity(ruled, identityInId(state.id)) ?? internalRule(state.rule);
    const alert = alertOf(state, { rule, host });
    alerts.adopt(alert);
    if (endWithItsRule(ruled, alert, atMs)) continue;
    if (subject.kind === 'host' && host === undefined) alerts.end(alert, 'host removed', atMs);
    else if (rule === undefined) alerts.end(alert, whyGone(ruled, identityInId(state.id)), atMs);
    else if (isOwn(ruled, rule) && host !== undefined && host.scopes[rule.scope] !== 1) {
      const hasMoved = subject.kind === 'host' && subject.location !== host.location;
      alerts.end(alert, hasMoved ? 'host moved' : 'rule changed', atMs);
    } else if (rule.canonical !== state.expression) alert.recheck = true;
    if (host !== undefined && rule?.kind === 'value' && alerts.open.has(alert.id))
      noteEvaluated(host, { source, timeMs: evaluatedMs, intervalMs: USUAL_INTERVAL_MS });
    if (host === undefined) continue;
    presence.attend(host);
    const { location } = host;
    if (subject.kind !== 'host' || subject.location === location) continue;
    if (alerts.open.has(alert.id)) alerts.move(alert, { ...subject, location }, atMs);
  }
}

function alertOf(
  state: AlertState,
  { rule, host }: { readonly rule: Rule | undefined; readonly host: Host | undefined },
): Alert {
  // Of a rule that is gone: enough of it to say that the alert ended.
  const gone = {
    ...CLOCK_FAULT,
    definition: { ...CLOCK_FAULT.definition, name: state.rule, severity: state.severity },
    canonical: state.expression,
    severities: state.levels.map(() => state.severity),
  };
  return {
    ...newAlert(rule ?? gone, state.subject, host),
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
}
