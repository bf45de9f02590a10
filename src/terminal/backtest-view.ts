// The result of a backtest: a summary shown before a rule is saved, and the full report with its worst alerts.
import type {
  BacktestAlert,
  BacktestCounts,
  BacktestResult,
  BacktestRuleResult,
} from '../api/backtest-fields.ts';
import { counted } from '../domain/counting.ts';
import { formatDuration, roughDuration } from '../domain/duration.ts';
import { parseExpression } from '../domain/expression/parser.ts';
import { isOfLocations } from '../domain/expression/syntax.ts';
import { formatInstant } from '../domain/instant.ts';
import { metricKind } from '../domain/metric-kinds.ts';
import type { MetricUnit } from '../domain/metric-table.ts';
import { safeText } from '../domain/safe-text.ts';
import { formatValue } from '../domain/units.ts';
import { severityColor } from './alerts-view.ts';
import { sparkline } from './chart/sparkline.ts';
import type { Column, Listing } from './output.ts';
import { clockText, clockTime, dateText, dateTimeText, zoneName } from './relative-time.ts';
import { paint, type Screen } from './screen.ts';

/** Default of --limit. */
export const BACKTEST_RANGE_MS = 7 * 86_400_000;

type Rule = BacktestRuleResult;

/**
 * A few lines, each with its end: how often the rule would have fired, when, and what near thresholds would have done. For
 * a question such as whether to save it.
 */
export function backtestShort(result: BacktestResult, rule: Rule, screen: Screen): string {
  const lines = [sentence(result, rule), trendOf(result, rule, screen), ...nearLines(result, rule)];
  return lines.flatMap((line) => (line === '' ? [] : [`${line}\n`])).join('');
}

/** One near threshold a line, and how often it would have fired. */
export function nearLines({ hosts }: BacktestResult, rule: Rule): string[] {
  const width = Math.max(...rule.near.map(({ expression }) => expression.length));
  return rule.near.map((near) => {
    const often =
      near.firings === 0 ? 'never' : `${times(near.firings)} ${whereOf(near, hosts, rule)}, ${lengths(near)}`;
    return `  ${safeText(near.expression).padEnd(width)}  ${often}`;
  });
}

/** The range, the short form, and the worst alerts under it are a table of their own: {@link backtestAlerts}. */
export function backtestHead(result: BacktestResult, rule: Rule, screen: Screen): string {
  const { startMs, stopMs } = result;
  const range = `${dateTimeText(startMs, screen)} to ${dateTimeText(stopMs, screen)} ${zoneName(stopMs, screen)}`;
  const title = paint(screen, 'bold', safeText(rule.expression));
  return `${title}\n${range}, ${result.ticks} ticks of ${counted(result.hosts, 'host')}\n${backtestShort(result, rule, screen)}`;
}

/** "In 7d it would have fired 12 times on 4 of 412 hosts: 3h 10m in all, longest 42m." */
export function sentence({ startMs, stopMs, samplesFromMs, hosts }: BacktestResult, rule: Rule): string {
  const span = roughDuration(stopMs - (samplesFromMs ?? startMs));
  if (rule.firings === 0) return `In ${span} it would not have fired on any of ${counted(hosts, 'host')}.`;
  return `In ${span} it would have fired ${times(rule.firings)} ${whereOf(rule, hosts, rule)}: ${lengths(rule)}.`;
}

const whereOf = (counts: BacktestCounts, hosts: number, rule: Rule): string =>
  isShare(rule)
    ? `in ${counted(counts.hosts, 'location')}`
    : `on ${counts.hosts} of ${counted(hosts, 'host')}`;

const lengths = ({ firingMs, longestMs }: BacktestCounts): string =>
  `${roughDuration(firingMs)} in all, longest ${roughDuration(longestMs)}`;
const times = (count: number): string => (count === 1 ? 'once' : `${count} times`);

const isShare = ({ expression }: Rule): boolean => isOfLocations(parseExpression(expression));

/** When it fired, as a line under its dates. '' where it never did. */
function trendOf(result: BacktestResult, rule: Rule, screen: Screen): string {
  const line = sparklineOf(result, rule, screen);
  if (line === '') return '';
  const { startMs, stopMs, stepMs } = result;
  const most = Math.max(...rule.firing.map((ms) => ms / stepMs));
  const day = (ms: number): string => {
    const at = clockTime(ms, screen);
    return stopMs - startMs > 2 * 86_400_000 ? dateText(at) : clockText(at);
  };
  const peak = most >= 1.5 ? `, at most ${Math.round(most)} at once` : '';
  return `${day(startMs)} ${paint(screen, 'cyan', line)} ${day(stopMs)}  (${formatDuration(stepMs)} each${peak})`;
}

/** Alerts that fired at once, on average, a character a window; a window in which nothing fired is a gap. */
function sparklineOf({ startMs, stepMs }: BacktestResult, rule: Rule, screen: Screen): string {
  if (rule.firings === 0) return '';
  const firstMs = Math.floor(startMs / stepMs) * stepMs;
  const points = {
    timesMs: rule.firing.map((_, i) => firstMs + i * stepMs),
    values: rule.firing.map((ms) => (ms === 0 ? null : ms / stepMs)),
  };
  const columns = rule.firing.length;
  const range = { startMs: firstMs, stopMs: firstMs + columns * stepMs, stepMs, columns };
  return sparkline(points, { ...range, unit: 'count', screen });
}

/** The worst alerts of one rule. */
export function backtestAlerts(result: BacktestResult, rule: Rule): Listing<BacktestAlert> {
  const unit = unitOf(rule);
  const lastedMs = ({ firedMs, endedMs = result.stopMs }: BacktestAlert) => endedMs - firedMs;
  const columns: readonly Column<BacktestAlert>[] = [
    {
      key: 'severity',
      title: 'SEVERITY',
      value: ({ severity }) => severity,
      cell: ({ severity }) => ({ text: severity, color: severityColor(severity) }),
    },
    { key: 'location', title: 'LOCATION', drop: 2, value: ({ location }) => location },
    { key: 'host', title: 'HOST', min: 10, value: ({ host }) => host },
    {
      key: 'labels',
      title: 'LABELS',
      drop: 3,
      value: ({ labels }) => labels,
    },
    {
      key: 'fired_at',
      title: 'FIRED',
      value: ({ firedMs }) => formatInstant(firedMs),
      cell: ({ firedMs, atStart }, screen) =>
        screen.isTTY
          ? `${atStart ? 'before ' : ''}${shortTime(Math.max(firedMs, result.startMs), screen)}`
          : formatInstant(firedMs),
    },
    {
      key: 'lasted_ms',
      title: 'FOR',
      align: 'right',
      value: lastedMs,
      cell: (alert, screen) => (screen.isTTY ? roughDuration(lastedMs(alert)) : String(lastedMs(alert))),
    },
    {
      key: 'worst',
      title: 'WORST',
      align: 'right',
      value: ({ worst }) => worst,
      cell: ({ worst }, screen) =>
        screen.isTTY ? formatValue(worst, unit) : worst === undefined ? '-' : JSON.stringify(worst),
    },
    {
      key: 'ended',
      title: 'END',
      drop: 1,
      value: ({ ended }) => ended,
      cell: ({ ended }) => ended ?? 'still firing',
    },
    {
      key: 'ended_at',
      title: 'ENDED',
      show: 'wide',
      value: ({ endedMs }) => endedMs && formatInstant(endedMs),
    },
    { key: 'at_start', title: 'AT START', show: 'wide', value: ({ atStart }) => atStart ?? false },
  ];
  return {
    columns,
    rows: rule.alerts,
    name: ({ host, location }) => host ?? location ?? '',
    empty: 'No alerts would have fired.',
  };
}

const shortTime = (ms: number, screen: Screen): string => {
  const at = clockTime(ms, screen);
  return `${dateText(at)} ${clockText(at)}`;
};

/** Of the test that has the rule's levels. */
function unitOf({ expression }: Rule): MetricUnit {
  const compared = parseExpression(expression).tests.flatMap((test) =>
    test.kind === 'compare' ? [test] : [],
  );
  const levelled = compared.find(({ levels }) => levels.length > 1) ?? compared[0];
  return (levelled && metricKind(levelled.value.metric)?.unit) ?? 'count';
}

/** Several rules, a line each. */
export function backtestRules(result: BacktestResult, screen: Screen): Listing<Rule> {
  const columns: readonly Column<Rule>[] = [
    { key: 'rule', title: 'RULE', min: 12, value: ({ name }) => name },
    { key: 'firings', title: 'FIRED', align: 'right', value: ({ firings }) => firings },
    { key: 'hosts', title: 'HOSTS', align: 'right', value: ({ hosts }) => hosts },
    {
      key: 'firing_ms',
      title: 'IN ALL',
      align: 'right',
      value: ({ firingMs }) => firingMs,
      cell: ({ firingMs }, at) => (at.isTTY ? roughDuration(firingMs) : String(firingMs)),
    },
    {
      key: 'longest_ms',
      title: 'LONGEST',
      align: 'right',
      drop: 2,
      value: ({ longestMs }) => longestMs,
      cell: ({ longestMs }, at) => (at.isTTY ? roughDuration(longestMs) : String(longestMs)),
    },
    {
      key: 'trend',
      title: 'TREND',
      drop: 1,
      value: (rule) => sparklineOf(result, rule, screen) || undefined,
    },
    { key: 'expression', title: 'EXPRESSION', show: 'wide', value: ({ expression }) => expression },
  ];
  return { columns, rows: result.rules, name: ({ name }) => name, empty: 'No rules.' };
}
