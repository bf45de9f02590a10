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
  name: text('Name in the result'),
  expression: text('Alert expression, see docs/alerts.md'),
  severity: optional(
    oneOf(SEVERITIES, 'BACKTEST_SEVERITY', { about: 'Severity of levels that name none; default warning' }),
  ),
  locations: optional(list(text(), { about: 'Globs; empty: all' })),
  hosts: optional(list(text(), { about: 'Globs; empty: all' })),
};
export type BacktestRule = Infer<typeof backtestRule>;

/** How many rules one backtest takes, and how many alerts of each it lists. */
export const BACKTEST_LIMITS = { rules: 100, alerts: 1_000 } as const;

export const backtestRequest = {
  rules: listOf(backtestRule, { nonEmpty: true }),
  startMs: timeOr(
    'Inside the range; by default 7 days before stop_at',
    (nowMs, { stopMs = nowMs }) => stopMs - 7 * DAY_MS,
  ),
  stopMs: timeOr('Outside the range; by default now', (nowMs) => nowMs),
  limit: optional(int(`Alerts listed a rule, worst first: 0 to ${BACKTEST_LIMITS.alerts}, 100 by default`)),
  near: optional(flag('Also evaluate slightly lower and higher thresholds')),
};
export type BacktestRequest = Infer<typeof backtestRequest>;

const backtestAlert = {
  host: optional(text('Absent for alerts of a location')),
  location: optional(text("Today's")),
  labels: texts(),
  severity: oneOf(SEVERITIES, 'BACKTEST_SEVERITY', { about: 'The severest level it reached' }),
  sinceMs: time('The first tick that crossed, before `for`'),
  firedMs: time(),
  endedMs: optional(time('Absent: still firing at the end of the range')),
  ended: optional(text('resolved, or why it ended without: no data, no longer reported ...')),
  worst: optional(number('Worst value of the test with the levels; absent for silence and shares')),
  atStart: flag('Already firing at the start of the range'),
};
export type BacktestAlert = Infer<typeof backtestAlert>;

const backtestCounts = {
  firings: int('Alerts that fired in the range or when it began'),
  hosts: int('Hosts (of shares: locations) with at least one'),
  firingMs: duration('Total firing time of all alerts inside the range'),
  longestMs: duration('Longest firing time of one alert inside the range'),
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
  firing: ints('Total firing time in each window, in milliseconds'),
};
export type BacktestRuleResult = Infer<typeof backtestRuleResult>;

export const backtestResult = {
  startMs: time(),
  stopMs: time(),
  stepMs: duration('Length of the windows, which are aligned to the epoch'),
  hosts: int('Hosts that were evaluated'),
  ticks: int(),
  samplesFromMs: optional(time('The first sample, where nothing is known of the range before it')),
  rules: listOf(backtestRuleResult, { about: 'In the order of the request' }),
  warnings,
};
export type BacktestResult = Infer<typeof backtestResult>;
