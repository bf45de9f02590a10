// A series' points: which are values, their statistics, and their spread over the columns of a picture.
import { withoutNoise } from '../../domain/units.ts';

export type Points = {
  readonly timesMs: readonly number[];
  /** null, NaN and infinities are gaps. */
  readonly values: readonly (number | null)[];
};

export type BinRequest = {
  readonly startMs: number;
  readonly stopMs: number;
  readonly columns: number;
  /** How long a point is drawn; by default the median distance of the series' points. */
  readonly stepMs?: number | undefined;
  /** Which of several points in one column shows. Default max: a spike must not disappear. */
  readonly keep?: 'max' | 'min' | undefined;
};

export function binPoints({ timesMs, values }: Points, request: BinRequest): (number | null)[] {
  const { startMs, stopMs, columns, keep = 'max' } = request;
  const bins = new Array<number | null>(columns).fill(null);
  const width = (stopMs - startMs) / columns;
  const holdMs = request.stepMs ?? usualDistance(timesMs);
  const better = keep === 'max' ? Math.max : Math.min;
  // Counted loops: of a thousand hosts this is a tenth of what a chart costs.
  for (let i = 0; i < timesMs.length; i++) {
    const timeMs = timesMs[i]!;
    const value = values[i];
    if (!isValue(value) || timeMs >= stopMs || timeMs < startMs) continue;
    const c = Math.min(columns - 1, Math.floor((timeMs - startMs) / width));
    const before = bins[c];
    bins[c] = before === null || before === undefined ? value : better(before, value);
  }
  // Columns without a point of their own show the point before them only for its step: one missed tick must
  // be visible.
  const own = [...bins];
  for (let i = 0; i < timesMs.length; i++) {
    const timeMs = timesMs[i]!;
    const value = values[i];
    if (!isValue(value)) continue;
    const endMs = Math.min(timesMs[i + 1] ?? stopMs, timeMs + holdMs, stopMs);
    for (
      let c = Math.max(0, Math.ceil((timeMs - startMs) / width));
      startMs + c * width < endMs && c < columns;
      c++
    ) {
      if (own[c] === null) bins[c] = value;
    }
  }
  return bins;
}

export const isValue = (value: number | null | undefined): value is number =>
  value !== null && value !== undefined && Number.isFinite(value);

/** The median distance of neighbours: one hole in a series does not change it. */
function usualDistance(timesMs: readonly number[]): number {
  const distances: number[] = [];
  for (let i = 1; i < timesMs.length; i++) distances.push(timesMs[i]! - timesMs[i - 1]!);
  if (distances.length === 0) return 0;
  distances.sort((a, b) => a - b);
  return distances[Math.floor(distances.length / 2)]!;
}

export type Stats = {
  readonly last: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Nearest rank. */
  readonly p95: number;
};

/** By the values they are of: a picture of a thousand hosts asks four times for those of each. */
const known = new WeakMap<Points['values'], Stats>();

/** Undefined where there is no value. */
export function statsOf({ values }: Pick<Points, 'values'>): Stats | undefined {
  const before = known.get(values);
  if (before) return before;
  const present = values.filter(isValue);
  if (present.length === 0) return undefined;
  const sorted = Float64Array.from(present).sort();
  const stats = {
    last: present.at(-1)!,
    min: sorted[0]!,
    // Sums of decimals end in noise.
    mean: withoutNoise(meanOf(present)),
    max: sorted[sorted.length - 1]!,
    p95: sorted[Math.ceil((sorted.length * 95) / 100) - 1]!,
  };
  known.set(values, stats);
  return stats;
}

export const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
