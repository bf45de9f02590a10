// Points of many series in two columns that cross threads without being copied: packed by one, unpacked by the other.
import { parseSeriesKey } from '../../domain/tick.ts';
import { addRun, createPoints, makeRoom, type Points } from '../points.ts';
import type { LatestSample, Series } from '../store.ts';

/** The series one behind the other: `counts[i]` points belong to series i. NaN is an empty window. */
export type PackedSeries = {
  readonly hostIds: readonly string[];
  readonly keys: readonly string[];
  readonly counts: readonly number[];
  readonly ms: Float64Array;
  readonly values: Float64Array;
  /** Of a snapshot of the head: files may have newer points of windows that are still open. */
  readonly earlyMerges?: boolean;
};

export type Packer = {
  /** Room for `count` points of the next series; fill `columns()` from the index returned. `ms` may stay unused. */
  begin(hostId: string, key: string, count: number): number;
  /** The count of the next series without its points. */
  count(hostId: string, key: string, count: number): void;
  columns(): { readonly ms: Float64Array; readonly values: Float64Array };
  points(): number;
  series(): number;
  /** What was packed, in memory of its own; the packer is empty again. */
  take(): PackedSeries;
};

/** Room for more is given back: 16 bytes each. */
const MAX_KEPT_POINTS = 262_144;

/** Its memory is used again from one `take` to the next. */
export function createPacker(): Packer {
  let points = createPoints();
  let hostIds: string[] = [];
  let keys: string[] = [];
  let counts: number[] = [];
  return {
    begin(hostId, key, count) {
      const at = points.count;
      makeRoom(points, at + count);
      points.count = at + count;
      hostIds.push(hostId);
      keys.push(key);
      counts.push(count);
      return at;
    },
    count(hostId, key, count) {
      hostIds.push(hostId);
      keys.push(key);
      counts.push(count);
    },
    columns: () => points,
    points: () => points.count,
    series: () => keys.length,
    take() {
      const packed = {
        ...{ hostIds, keys, counts },
        ms: points.ms.slice(0, points.count),
        values: points.values.slice(0, points.count),
      };
      points.count = 0;
      if (points.ms.length > MAX_KEPT_POINTS) points = createPoints();
      hostIds = [];
      keys = [];
      counts = [];
      return packed;
    },
  };
}

/** What a message with packed series may transfer. */
export const buffersOf = (packed: PackedSeries): ArrayBuffer[] => [
  packed.ms.buffer as ArrayBuffer,
  packed.values.buffer as ArrayBuffer,
];

/** Adds the points of a packed series to others. */
export function pointsAdder(packed: PackedSeries): (index: number, into: Points) => void {
  const starts = new Uint32Array(packed.counts.length + 1);
  packed.counts.forEach((count, i) => {
    starts[i + 1] = starts[i]! + count;
  });
  return (index, into) => addRun(into, packed, starts[index]!, starts[index + 1]!);
}

/** With `sharedMs` (the starts of windows) the packed times do not count. */
export function unpackSeries(packed: PackedSeries, sharedMs: readonly number[] | undefined): Series[] {
  let at = 0;
  return packed.keys.map((key, i) => {
    const from = at;
    at += packed.counts[i]!;
    return {
      hostId: packed.hostIds[i]!,
      ...parseSeriesKey(key),
      timesMs: sharedMs ?? numbersOf(packed.ms, from, at),
      values: sharedMs ? numbersOrNull(packed.values, from, at) : numbersOf(packed.values, from, at),
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

export function numbersOf(column: Float64Array, from = 0, to = column.length): number[] {
  const list = new Array<number>(to - from);
  for (let i = from; i < to; i++) list[i - from] = column[i]!;
  return list;
}

function numbersOrNull(column: Float64Array, from: number, to: number): (number | null)[] {
  const list = new Array<number | null>(to - from);
  for (let i = from; i < to; i++) list[i - from] = Number.isNaN(column[i]!) ? null : column[i]!;
  return list;
}
