// What a query is evaluated to: columns of one value a step, each with its labels. A value may be NaN, or be absent.
import { compareBytes } from '../names.ts';
import { EvaluationError } from './syntax.ts';

/** With `__name__` while the series has its metric's name. */
export type SeriesLabels = Readonly<Record<string, string>>;

/** The steps: `startMs`, `startMs + stepMs` ... */
export type Grid = { readonly startMs: number; readonly stepMs: number; readonly count: number };
export const stepAt = ({ startMs, stepMs }: Grid, i: number): number => startMs + i * stepMs;

export type Column = {
  readonly labels: SeriesLabels;
  readonly values: Float64Array;
  /** 1 where there is a value. */
  readonly present: Uint8Array;
};

export type Value =
  | { readonly type: 'scalar'; readonly values: Float64Array }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'vector'; readonly columns: readonly Column[] };

/** Points of one series by ascending time. */
export type PointSeries = {
  readonly labels: SeriesLabels;
  readonly ms: ArrayLike<number>;
  readonly values: ArrayLike<number>;
  /** By ascending time, when it ended: from then on there is none until its next point. */
  readonly endsMs?: ArrayLike<number>;
};

/** What a query may hold at a time, some 9 bytes each: series times steps of each part that is not used up yet. */
const MAX_VALUES = 12_000_000;

export function checkValues(count: number): void {
  if (count <= MAX_VALUES) return;
  throw new EvaluationError(
    `query processing would hold ${count} values at once; the limit is ${MAX_VALUES}`,
    'Use a longer step, a shorter range, or matchers that select fewer series.',
  );
}

export const newColumn = (labels: SeriesLabels, count: number): Column => ({
  labels,
  values: new Float64Array(count),
  present: new Uint8Array(count),
});

/** In order; mostly they are already. */
export function namesOf(labels: SeriesLabels): readonly string[] {
  const names = Object.keys(labels);
  for (let i = 1; i < names.length; i++)
    if (compareBytes(names[i - 1]!, names[i]!) > 0) return names.sort(compareBytes);
  return names;
}

export const keyOf = (labels: SeriesLabels): string => {
  let key = '';
  for (const name of namesOf(labels)) key += `${name}\u0000${labels[name]}\u0001`;
  return key;
};

export function withoutLabels(labels: SeriesLabels, names: readonly string[]): SeriesLabels {
  const rest: Record<string, string> = Object.create(null);
  for (const name of Object.keys(labels)) if (!names.includes(name)) rest[name] = labels[name]!;
  return rest;
}

export function onlyLabels(labels: SeriesLabels, names: readonly string[]): SeriesLabels {
  const rest: Record<string, string> = Object.create(null);
  for (const name of names) if (labels[name] !== undefined && labels[name] !== '') rest[name] = labels[name];
  return rest;
}

export const withoutName = (labels: SeriesLabels): SeriesLabels => withoutLabels(labels, ['__name__']);

export const labelsText = (labels: SeriesLabels): string =>
  `{${Object.keys(labels)
    .sort(compareBytes)
    .map((name) => `${name}=${JSON.stringify(labels[name])}`)
    .join(', ')}}`;

/** Columns that came to have the same labels are one, as long as no two have a value at one step. */
export function mergeSame(
  columns: readonly Column[],
  clash = 'vector cannot contain metrics with the same labelset',
): Column[] {
  const merged = new Map<string, Column>();
  for (const column of columns) {
    const key = keyOf(column.labels);
    const before = merged.get(key);
    if (!before) {
      merged.set(key, column);
      continue;
    }
    const [values, present] = [before.values.slice(), before.present.slice()];
    for (let i = 0; i < present.length; i++) {
      if (!column.present[i]) continue;
      if (present[i]) throw new EvaluationError(`${clash}: ${labelsText(column.labels)}`);
      present[i] = 1;
      values[i] = column.values[i]!;
    }
    merged.set(key, { labels: column.labels, values, present });
  }
  return merged.size === columns.length ? (columns as Column[]) : [...merged.values()];
}
