// Series of one point a minute as a query's source, and its answers as text: `{labels} value ...`, `_` where there is none.
import { parsePromql } from '../../../src/daemons/analyze/promql/parse.ts';
import { checkPromql } from '../../../src/domain/promql/check.ts';
import { evaluate } from '../../../src/domain/promql/evaluate.ts';
import { createPattern } from '../../../src/domain/promql/pattern.ts';
import type { LabelMatcher } from '../../../src/domain/promql/syntax.ts';
import { labelsText, type PointSeries } from '../../../src/domain/promql/values.ts';

const MINUTE_MS = 60_000;

/** `null`: no point in that minute. */
export const everyMinute = (
  labels: Readonly<Record<string, string>>,
  values: readonly (number | null)[],
): PointSeries => {
  const points = values.flatMap((value, i) => (value === null ? [] : [[i * MINUTE_MS, value] as const]));
  return { labels, ms: points.map(([ms]) => ms), values: points.map(([, value]) => value) };
};

function fits({ label, op, value }: LabelMatcher, labels: Readonly<Record<string, string>>): boolean {
  const text = labels[label] ?? '';
  if (op === '=' || op === '!=') return (text === value) === (op === '=');
  return createPattern(value).fits(text) === (op === '=~');
}

export type Asked = { readonly minute?: number; readonly to?: number; readonly everyMinutes?: number };

/** Sorted lines of the answer; a scalar is one number a step. */
export async function answerTo(
  text: string,
  series: readonly PointSeries[],
  asked: Asked = {},
): Promise<string[]> {
  const { minute = 0, to = minute, everyMinutes = 1 } = asked;
  const expr = parsePromql(text);
  checkPromql(expr, text);
  const value = await evaluate(
    expr,
    {
      startMs: minute * MINUTE_MS,
      stepMs: everyMinutes * MINUTE_MS,
      count: Math.floor((to - minute) / everyMinutes) + 1,
      lookbackMs: 5 * MINUTE_MS,
    },
    {
      async select(matchers, { startMs, stopMs }) {
        return series
          .filter(({ labels }) => matchers.every((matcher) => fits(matcher, labels)))
          .map(({ labels, ms, values, endsMs }) => {
            const at = Array.from(ms, (_, i) => i).filter((i) => ms[i]! >= startMs && ms[i]! < stopMs);
            const points = { ms: at.map((i) => ms[i]!), values: at.map((i) => values[i]!) };
            return { labels, ...points, ...(endsMs && { endsMs }) };
          })
          .filter(({ ms }) => ms.length > 0);
      },
      pause: () => undefined,
    },
  );
  if (value.type === 'string') return [value.value];
  if (value.type === 'scalar') return [[...value.values].map(shown).join(' ')];
  return value.columns.flatMap(({ labels, values, present }) =>
    present.includes(1)
      ? [`${labelsText(labels)} ${[...values].map((one, i) => (present[i] ? shown(one) : '_')).join(' ')}`]
      : [],
  );
}

const shown = (value: number): string => String(Number(value.toPrecision(10)));
