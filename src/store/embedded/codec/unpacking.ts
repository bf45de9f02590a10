// Pieces of answers as the values of the store contract.
import { parseSeriesKey } from '../../../domain/tick.ts';
import type { LatestSample, Series } from '../../store.ts';
import type { PackedSeries } from '../messages.ts';

export function unpackSeries(packed: PackedSeries, sharedMs: readonly number[] | undefined): Series[] {
  let at = 0;
  return packed.keys.map((key, i) => {
    const from = at;
    at += packed.counts[i]!;
    return {
      hostId: packed.hostIds[i]!,
      ...parseSeriesKey(key),
      timesMs: sharedMs ?? numbers(packed.ms, from, at),
      values: sharedMs ? numbersOrNull(packed.values, from, at) : numbers(packed.values, from, at),
    };
  });
}

export const unpackLatest = (packed: PackedSeries): LatestSample[] =>
  packed.keys.map((key, i) => ({
    hostId: packed.hostIds[i]!,
    ...parseSeriesKey(key),
    timeMs: packed.ms[i]!,
    value: packed.values[i]!,
  }));

export function numbers(column: Float64Array, from: number, to: number): number[] {
  const list = new Array<number>(to - from);
  for (let i = from; i < to; i++) list[i - from] = column[i]!;
  return list;
}

/** NaN stands for no value: no sample is one. */
function numbersOrNull(column: Float64Array, from: number, to: number): (number | null)[] {
  const list = new Array<number | null>(to - from);
  for (let i = from; i < to; i++) list[i - from] = Number.isNaN(column[i]!) ? null : column[i]!;
  return list;
}
