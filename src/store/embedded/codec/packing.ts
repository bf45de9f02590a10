// Packs the points of many series into two columns that cross threads without being copied.

import { createPoints, makeRoom } from '../../points.ts';
import type { PackedSeries } from '../messages.ts';

export type Packer = {
  /** Room for `count` points of the next series; fill `columns()` from `at`. `ms` may stay unused. */
  begin(hostId: string, key: string, count: number): number;
  columns(): { readonly ms: Float64Array; readonly values: Float64Array };
  points(): number;
  series(): number;
  /** What was packed, in memory of its own, and an empty packer again. */
  take(): PackedSeries;
};

export function createPacker(): Packer {
  const points = createPoints();
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
    columns: () => points,
    points: () => points.count,
    series: () => keys.length,
    take() {
      const packed = {
        hostIds,
        keys,
        counts,
        ms: points.ms.slice(0, points.count),
        values: points.values.slice(0, points.count),
      };
      points.count = 0;
      hostIds = [];
      keys = [];
      counts = [];
      return packed;
    },
  };
}

export const buffersOf = (packed: PackedSeries): ArrayBuffer[] => [
  packed.ms.buffer as ArrayBuffer,
  packed.values.buffer as ArrayBuffer,
];
