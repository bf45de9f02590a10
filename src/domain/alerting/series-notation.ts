// Series in the notation of promtool's tests: `disk.usage{host="web-17", mount="/"}` and `85x10 95 _ 0+10x60`.
import { parseSeries } from '../expression/parser.ts';
import { ExpressionError } from '../expression/syntax.ts';
import type { Labels } from '../tick.ts';

export type NotedSeries = {
  readonly metric: string;
  /** Without `host` and `location`. */
  readonly labels: Labels;
  readonly host: string;
  readonly location: string;
};

/** Of series that name none. */
const DEFAULT_HOST = 'host';
const DEFAULT_LOCATION = 'location';
/** A week of minutes is 10,080. */
const MAX_VALUES = 100_000;

/** Throws ExpressionError. */
export function readSeries(source: string): NotedSeries {
  const { metric, labels } = parseSeries(source);
  const { host = DEFAULT_HOST, location = DEFAULT_LOCATION, ...rest } = labels;
  return { metric, labels: rest, host, location };
}

const NUMBER = String.raw`\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`;
const WORD = new RegExp(`^(_|[+-]?${NUMBER})([+-]${NUMBER})?(?:x(\\d+))?$`);

/**
 * A value a tick, null for none. `95x4` is 95 and four times more, `0+10x3` is 0 10 20 30, `_x3` is three ticks without the
 * series: as promtool reads them. Throws ExpressionError.
 */
export function readValues(source: string): (number | null)[] {
  const values: (number | null)[] = [];
  for (const match of source.matchAll(/\S+/g)) {
    const word = match[0];
    const span = { start: match.index, end: match.index + word.length };
    const fail = (message: string, hint?: string): never => {
      throw new ExpressionError(message, source, span, hint);
    };
    const [whole, first, step, times] = WORD.exec(word) ?? [];
    if (whole === undefined || first === undefined) {
      const hint =
        word === 'stale' ? 'A tick without the series is written _.' : 'Write 95, _, 95x4 or 0+10x60.';
      return fail(`${JSON.stringify(word)} is not a value`, hint);
    }
    if (step !== undefined && (times === undefined || first === '_'))
      fail(`${JSON.stringify(word)} has a step but no repeat count`, `Write ${word}x10.`);
    const more = times === undefined ? 0 : Number(times);
    if (more + values.length > MAX_VALUES) fail(`over the limit of ${MAX_VALUES} values`);
    if (first === '_') {
      for (let i = 0; i < Math.max(1, more); i++) values.push(null);
      continue;
    }
    const [start, by] = [Number(first), Number(step ?? 0)];
    if (!Number.isFinite(start + by * more)) fail(`${word} is not a finite number`);
    // 0.1 * 3 is 0.30000000000000004; nobody writes a threshold that way.
    for (let i = 0; i <= more; i++) values.push(Number((start + by * i).toPrecision(15)));
  }
  if (values.length === 0)
    throw new ExpressionError('there are no values', source, { start: 0, end: source.length });
  return values;
}
