// The fields of a backtest: what is asked, and what a rule would have done.
import { SEVERITIES } from '../domain/expression/syntax.ts';
import {
  duration,
  flag,
  type Infer,
  int,
  ints,
  list,
  listOf,
  number,
  oneOf,
  optional,
  text,
  texts,
  time,
  timeOr,
  warnings,
} from './shapes.ts';

const DAY_MS = 86_400_000;

const backtestRule = {
  name: text('To tell results apart'),
  expression: text('docs/alerts.md has the language'),
  severity: optional(
    oneOf(SEVERITIES, 'BACKTEST_SEVERITY', { about: 'Of levels that name none; by default warning' }),
  ),
  locations: optional(list(text(), { about: 'Globs; empty: all' })),
  hosts: optional(list(text(), { about: 'Globs; empty: all' })),
};
export type BacktestRule = Infer<typeof backtestRule>;

export const backtestRequest = {
  rules: listOf(backtestRule, { nonEmpty: true }),
  startMs: timeOr(
    'Inside the range; by default 7 days before stop_at',
    (nowMs, { stopMs = nowMs }) => stopMs - 7 * DAY_MS,
  ),
  stopMs: timeOr('Outside the range; by default now', (nowMs) => nowMs),
  limit: optional(int('Alerts listed a rule, worst first: 0 to 1000, 100 by default')),
  near: optional(flag('Also count what thresholds a little lower and higher would have done')),
};
export type BacktestRequest = Infer<typeof backtestRequest>;

const backtestAlert = {
  host: optional(text('Absent for alerts of a location')),
  location: optional(text("Today's")),
  labels: texts(),
  severity: oneOf(SEVERITIES, 'BACKTEST_SEVERITY', { about: 'The severest level it reached' }),
  sinceMs: time('The first tick that crossed, before `for`'),
  firedMs: time(),
  endedMs: optional(time('Absent: it fires still at the end of the range')),
  ended: optional(text('resolved, or why it ended without: no data, no longer reported ...')),
  worst: optional(number('Of the test with the levels; absent for silence and shares')),
  atStart: flag('It fired when the range began'),
};
export type BacktestAlert = Infer<typeof backtestAlert>;

const backtestCounts = {
  firings: int('Alerts that fired in the range or when it began'),
  hosts: int('Hosts (of shares: locations) with at least one'),
  firingMs: duration('Of all alerts together, inside the range'),
  longestMs: duration('Of one alert, inside the range'),
};
export type BacktestCounts = Infer<typeof backtestCounts>;

const backtestNear = { expression: text('In canonical form'), ...backtestCounts };

const backtestRuleResult = {
  name: text(),
  expression: text('In canonical form'),
  ...backtestCounts,
  alerts: listOf(backtestAlert, { about: 'Worst first' }),
  more: int('Alerts beyond the limit'),
  near: listOf(backtestNear, { about: 'From the lowest threshold up' }),
  fired: ints('How many fired in each window of step_ms'),
  firing: ints('For how long alerts fired in each window, in milliseconds, added up'),
};
export type BacktestRuleResult = Infer<typeof backtestRuleResult>;

export const backtestResult = {
  startMs: time(),
  stopMs: time(),
  stepMs: duration('Of the windows, which stand on multiples of it since the epoch'),
  hosts: int('Hosts that were looked at'),
  ticks: int(),
  samplesFromMs: optional(time('The first sample, where nothing is known of the range before it')),
  rules: listOf(backtestRuleResult, { about: 'In the order of the request' }),
  warnings,
};
export type BacktestResult = Infer<typeof backtestResult>;
