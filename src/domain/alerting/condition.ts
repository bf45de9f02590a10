// Evaluates a condition on a host's last values: joins series, computes values, compares with the bounds.
import { matchersFit } from '../expression/matcher.ts';
import type { Value } from '../expression/syntax.ts';
import { silentAfterMs } from '../host.ts';
import { type Labels, seriesKey } from '../tick.ts';
import type { Basis } from './alert.ts';
import { type Host, sourceIndexOf } from './host.ts';
import {
  crosses,
  levelClears,
  levelCrosses,
  type Rule,
  type ShareCondition,
  type ValueTest,
} from './rule-set.ts';
import { forecastOf, windowValue } from './window.ts';

/** One subject of a condition: a series of the host for each test, joined on the labels they share. */
export type Match = {
  readonly indices: readonly number[];
  readonly labels: Labels;
  readonly labelsKey: string;
};

/** The tick by which something is judged. */
export type At = {
  readonly timeMs: number;
  readonly intervalMs: number;
  readonly source: number;
  /** A part of what its source measured: missing series may be in another part. */
  readonly partial: boolean;
};

/** Joins without common labels multiply: the most subjects on one host. */
const MAX_MATCHES = 1_000;

export const testFits = (host: Host, index: number, test: ValueTest): boolean => {
  const { metric, labels } = host.series[index]!;
  return metric === test.value.metric && matchersFit(test.value.matchers, labels);
};

/** The subjects whose first test is on the series at `first`. */
export function matchesOf(host: Host, tests: readonly ValueTest[], first: number): Match[] {
  let found: { indices: number[]; labels: Labels }[] = [
    { indices: [first], labels: host.series[first]!.labels },
  ];
  for (const test of tests.slice(1)) {
    const candidates = host.series.flatMap((_, index) => (testFits(host, index, test) ? [index] : []));
    found = found
      .flatMap(({ indices, labels }) =>
        candidates
          .filter((index) => agree(labels, host.series[index]!.labels))
          .map((index) => ({
            indices: [...indices, index],
            labels: { ...labels, ...host.series[index]!.labels },
          })),
      )
      .slice(0, MAX_MATCHES);
  }
  return found.map((match) => ({ ...match, labelsKey: seriesKey('', match.labels) }));
}

function agree(a: Labels, b: Labels): boolean {
  for (const name in a) if (Object.hasOwn(b, name) && a[name] !== b[name]) return false;
  return true;
}

/** In this tick, or of another source or another piece and fresh enough; not one that came to its end. */
function isPresent(host: Host, index: number, at: At): boolean {
  if (host.ends?.has(host.series[index]!)) return false;
  const source = sourceIndexOf(host, index);
  if (source === at.source && !at.partial) return host.times[index] === at.timeMs;
  return at.timeMs - host.times[index]! <= silentAfterMs(host.sources[source]!.intervalMs);
}

/** The value that a test compares; undefined while its window has too few samples. */
export function valueAt(
  host: Host,
  index: number,
  wanted: Pick<Value, 'fn' | 'durationMs' | 'abs'> & { readonly upward: boolean },
  at: At,
): number | undefined {
  const { fn, durationMs, abs } = wanted;
  let value: number | undefined;
  if (fn === 'last') value = host.values[index];
  else if (fn === 'forecast') {
    const means = host.means[index];
    const forecast = means && forecastOf(means, at.timeMs, durationMs);
    const away = forecast && (wanted.upward ? forecast.recentSlope < 0 : forecast.recentSlope > 0);
    value = away ? undefined : forecast?.value;
  } else {
    const window = host.windows[index];
    value = window && windowValue(fn, window, { timeMs: at.timeMs, durationMs, intervalMs: at.intervalMs });
  }
  return value !== undefined && abs ? Math.abs(value) : value;
}

export type Outcome = {
  readonly crosses: readonly (boolean | undefined)[];
  readonly clears: readonly (boolean | undefined)[];
  /** As measured: the sign stays where the test takes `abs`. */
  readonly values: readonly number[];
  /** What forecasts start from; absent of rules without one. */
  readonly bases?: readonly (Basis | null)[];
};

/** Whether each level of the rule holds for a subject; undefined if one of its series is missing. */
export function judgeMatch(host: Host, rule: Rule, match: Match, at: At): Outcome | undefined {
  if (match.indices.some((index) => !isPresent(host, index, at))) return undefined;
  const values = match.indices.map((index, i) => valueAt(host, index, rule.tests[i]!.wanted, at));
  const judged = rule.severities.map((_, k) => {
    const levels = rule.tests.map((test, i) => test.levels[i === rule.levelled ? k : 0]!);
    const crossed = levels.map((level, i) =>
      values[i] === undefined ? undefined : levelCrosses(level, values[i]),
    );
    const cleared = levels.map((level, i) =>
      values[i] === undefined ? undefined : levelClears(level, values[i]),
    );
    return {
      crosses: crossed.includes(false) ? false : crossed.includes(undefined) ? undefined : true,
      clears: cleared.includes(true) ? true : cleared.includes(undefined) ? undefined : false,
    };
  });
  return {
    crosses: judged.map((level) => level.crosses),
    clears: judged.map((level) => level.clears),
    values: values.map((value, i) => {
      const test = rule.tests[i]!;
      const index = match.indices[i]!;
      return (test.value.fn === 'last' ? host.values[index] : value) ?? Number.NaN;
    }),
    ...(rule.tests.some(({ value }) => value.fn === 'forecast') && {
      bases: rule.tests.map(({ value }, i) =>
        value.fn === 'forecast' ? { measured: host.values[match.indices[i]!]! } : null,
      ),
    }),
  };
}

/** Whether a share's condition holds for any subject that begins with the series at `first`. */
export function shareConditionHolds(host: Host, condition: ShareCondition, first: number, at: At): boolean {
  const tests = condition.tests ?? [];
  return matchesOf(host, tests, first).some((match) =>
    match.indices.every((index, i) => {
      if (!isPresent(host, index, at)) return false;
      const value = valueAt(host, index, tests[i]!.wanted, at);
      const { op, bound } = tests[i]!.levels[0]!;
      return value !== undefined && crosses(op, value, bound.value);
    }),
  );
}
