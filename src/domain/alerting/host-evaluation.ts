// Evaluates a host's alerts on one tick: starts, continues and ends alerts.
import { silentAfterMs } from '../host.ts';
import { seriesKey } from '../tick.ts';
import {
  type At,
  judgeMatch,
  type Match,
  matchesOf,
  type Outcome,
  shareConditionHolds,
  testFits,
  valueAt,
} from './condition.ts';
import { type Host, sourceIndexOf } from './host.ts';
import { type Alert, type Alerts, newAlert } from './open-alerts.ts';
import { boundsOf, crosses, isRule, type Rule, type ValueNode } from './rule-set.ts';

/** A subject missing from this many ticks in a row is no longer reported. */
const MISSING_TICKS = 2;

/** `touched`: the series that this tick has, by index. */
export function evaluateTick(host: Host, touched: readonly number[], at: At, alerts: Alerts): void {
  for (const index of touched) {
    const { nodes } = host.series[index]!.binding;
    for (let i = 0; i < nodes.length; i++) start(host, index, nodes[i]!, at, alerts);
  }
  if (host.trueConditions !== undefined) endConditions(host, touched, at);
  if (host.alerts === undefined) return;
  const source = host.sources[at.source]!.name;
  for (const alert of [...host.alerts.values()]) {
    if (alert.rule.kind !== 'value' || alert.source !== source) continue;
    if (alert.evaluatedMs !== at.timeMs || alert.recheck) continueAlert(host, alert, touched, at, alerts);
  }
}

/** Finds values that cross a bound. Usually none does, and then this costs one comparison per group. */
function start(host: Host, index: number, node: ValueNode, at: At, alerts: Alerts): void {
  const { wanted } = node[0]!;
  const value =
    wanted.fn === 'last' ? host.values[index] : valueAt(host, index, { ...wanted, abs: false }, at);
  if (value === undefined) return;
  for (const { wanted, starters } of node) {
    const compared = wanted.abs ? Math.abs(value) : value;
    for (let i = 0; i < starters.length; i++) {
      const { op, bound, of } = starters[i]!;
      if (!crosses(op, compared, bound)) break;
      if (host.scopes[of.scope] !== 1) continue;
      if (isRule(of)) startAlerts(host, of, index, at, alerts);
      else if (shareConditionHolds(host, of, index, at))
        (host.trueConditions ??= new Map()).set(of, at.timeMs);
    }
  }
}

function startAlerts(host: Host, rule: Rule, index: number, at: At, alerts: Alerts): void {
  for (const match of matchesOf(host, rule.tests, index)) {
    const alert = alertOf(host, rule, match);
    if (host.alerts?.has(alert.id)) continue;
    const outcome = judgeMatch(host, rule, match, at);
    if (outcome?.crosses.includes(true)) judge(host, alert, match, outcome, at, alerts);
  }
}

function alertOf(host: Host, rule: Rule, match: Match): Alert {
  const subject = { kind: 'host' as const, host: host.id, location: host.location, labels: match.labels };
  return newAlert(rule, subject, host, match.labelsKey);
}

function judge(host: Host, alert: Alert, match: Match, outcome: Outcome, at: At, alerts: Alerts): void {
  alert.series = match.indices.map((index) => host.series[index]!);
  alert.source = host.sources[sourceIndexOf(host, match.indices[0]!)]!.name;
  alert.missing = 0;
  alerts.judge(alert, { ...outcome, timeMs: at.timeMs });
}

function continueAlert(host: Host, alert: Alert, touched: readonly number[], at: At, alerts: Alerts): void {
  if (at.partial && !alert.recheck && isOfAnotherPiece(host, alert, at)) return;
  if (alert.noDataSinceMs !== undefined) {
    alert.noDataSinceMs = undefined;
    alerts.touch(alert);
  }
  const match = matchOf(host, alert, touched);
  const outcome = match && judgeMatch(host, alert.rule, match, at);
  if (outcome === undefined) {
    const own = match?.indices.filter((index) => sourceIndexOf(host, index) === at.source);
    const gone = own === undefined || own.some((index) => host.times[index] !== at.timeMs);
    if (gone && (at.partial ? isOverdue(alert, at) : ++alert.missing >= MISSING_TICKS))
      alerts.end(alert, 'no longer reported', at.timeMs);
    return;
  }
  judge(host, alert, match!, outcome, at, alerts);
}

/** The source marked these series as ended: their alerts end without waiting. One with a sample at that time, in another piece, goes on. */
export function endSeries(host: Host, keys: readonly string[], timeMs: number, alerts: Alerts): void {
  const ended = new Set(keys);
  const ends = (host.ends ??= new Map());
  for (const [index, series] of host.series.entries())
    if (host.times[index]! < timeMs && ended.has(seriesKey(series.metric, series.labels)))
      ends.set(series, timeMs);
  for (const alert of [...(host.alerts?.values() ?? [])])
    if (alert.rule.kind === 'value' && alert.series.some((series) => ends.has(series)))
      alerts.end(alert, 'no longer reported', timeMs);
}

/** None of its own series is in this piece, and one that was there comes again within the time of two ticks. */
function isOfAnotherPiece(host: Host, alert: Alert, at: At): boolean {
  const own = alert.series
    .map((series) => host.series.indexOf(series))
    .filter((index) => index >= 0 && sourceIndexOf(host, index) === at.source);
  if (own.length === 0 || own.some((index) => host.times[index] === at.timeMs)) return false;
  return own.every((index) => at.timeMs - host.times[index]! <= silentAfterMs(at.intervalMs));
}

const isOverdue = ({ evaluatedMs }: Alert, at: At): boolean =>
  at.timeMs - evaluatedMs > silentAfterMs(at.intervalMs);

/** The alert's series on its host; a restored alert finds them again by its labels. */
function matchOf(host: Host, alert: Alert, touched: readonly number[]): Match | undefined {
  const { subject, rule } = alert;
  if (subject.kind !== 'host') return undefined;
  if (alert.series.length === rule.tests.length) {
    const indices = alert.series.map((series) => host.series.indexOf(series));
    if (!indices.includes(-1)) return { indices, labels: subject.labels, labelsKey: '' };
  }
  for (const index of touched) {
    if (!testFits(host, index, rule.tests[0]!)) continue;
    const match = matchesOf(host, rule.tests, index).find(
      ({ labelsKey }) => alertOf(host, rule, { indices: [], labels: {}, labelsKey }).id === alert.id,
    );
    if (match !== undefined) return match;
  }
  return undefined;
}

function endConditions(host: Host, touched: readonly number[], at: At): void {
  for (const [condition, seenMs] of host.trueConditions!) {
    if (seenMs === at.timeMs) continue;
    const measured = touched.some((index) => testFits(host, index, condition.tests![0]!));
    if (measured || at.timeMs - seenMs > silentAfterMs(at.intervalMs)) host.trueConditions!.delete(condition);
  }
  if (host.trueConditions!.size === 0) host.trueConditions = undefined;
}

/**
 * A rule's condition was edited: the alert goes on where the new one holds on the last values. Where only `clear`, `for`
 * or the scope changed, a value between clear and bound still holds it. Unknown values wait for the next tick.
 */
export function recheckAlert(host: Host, alert: Alert, next: Rule, alerts: Alerts): void {
  const former = alert.rule;
  const sameBounds = boundsOf(former) === boundsOf(next);
  alert.rule = next;
  alert.series = [];
  alerts.touch(alert);
  const sourceIndex = Math.max(
    0,
    host.sources.findIndex(({ name }) => name === alert.source),
  );
  const source = host.sources[sourceIndex];
  const at = {
    ...{ timeMs: source?.lastTickMs ?? 0, intervalMs: source?.intervalMs ?? 0 },
    ...{ source: sourceIndex, partial: (source?.name ?? '') !== '' },
  };
  const endAsChanged = () => {
    // The notification of its end has the threshold that it fired at.
    alert.rule = former;
    alerts.end(alert, 'rule changed', at.timeMs);
  };
  if (host.scopes[next.scope] !== 1) {
    endAsChanged();
    return;
  }
  const fresh = host.series.flatMap((_, index) => (host.times[index] === at.timeMs ? [index] : []));
  const match = matchOf(host, alert, fresh);
  const outcome = match && judgeMatch(host, next, match, at);
  const unknown = fresh.length === 0 || !fresh.some((index) => testFits(host, index, next.tests[0]!));
  if (outcome === undefined) {
    if (unknown) alert.recheck = true;
    else endAsChanged();
    return;
  }
  const holds = sameBounds ? outcome.clears.includes(false) : outcome.crosses.includes(true);
  if (!holds) {
    endAsChanged();
    return;
  }
  alert.series = match!.indices.map((index) => host.series[index]!);
  alerts.judge(alert, { ...outcome, timeMs: at.timeMs });
}
