// Seals a unit: encodes it into chunks, merged with existing ones of its window.

import { ascendingOrder, createPoints, makeRoom, settle } from '../points.ts';
import type { Block } from './block.ts';
import { type ChunkPlace, createChunkCodec } from './codec/chunk.ts';
import { hostIdentity, seriesIdentity } from './codec/identity.ts';
import type { Unit } from './head.ts';
import type { WeekFile } from './week-file.ts';
import { chunkRow, windowStart } from './windows.ts';

/** created, merged: chunks written new, or again with more points; damaged: could not be read and were replaced. */
export const SEAL_OUTCOMES = ['created', 'merged', 'unchanged', 'damaged'] as const;
export type SealCounts = Record<(typeof SEAL_OUTCOMES)[number], number>;

export const noSeals = (): SealCounts => ({ created: 0, merged: 0, unchanged: 0, damaged: 0 });

/** Call inside the week file's transaction; the counts are added to. */
export type Sealer = (unit: Unit, file: WeekFile, counts: SealCounts) => void;

export function createSealer(): Sealer {
  const codec = createChunkCodec();
  const points = createPoints();

  /** A sample that a file has stays as it is there: writing it again changes nothing, also in a replay. */
  function readExisting(data: Uint8Array, place: ChunkPlace, mayBeOld: boolean): boolean {
    try {
      codec.decode(data, place, points, mayBeOld);
      return true;
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      points.count = 0;
      return false;
    }
  }

  return (unit, file, counts) => {
    const startMs = windowStart(unit.window, unit.host.phaseMs);
    const host = hostIdentity(unit.host.id);
    let added = 0;
    for (const [key, columns] of columnsOf(unit.blocks)) {
      const row = chunkRow(file.seriesId(unit.host.id, key), unit.window, unit.host.phaseMs);
      const place = { series: seriesIdentity(host, key), startMs };
      points.count = 0;
      const existing = file.chunk(row);
      if (!existing) added++;
      else if (!readExisting(existing, place, file.mayBeOld(row))) counts.damaged++;
      const before = points.count;
      for (const column of columns) addColumn(column);
      settle(points);
      if (points.count === before) {
        counts.unchanged++;
        continue;
      }
      file.put(row, codec.encode(points, place));
      if (before > 0) counts.merged++;
      else counts.created++;
    }
    file.countChunks(unit.host.id, unit.window, added);
  };

  function addColumn({ block, column, order }: Column): void {
    const { times, rows, count } = block;
    const { width } = block.layout;
    const base = points.count;
    makeRoom(points, base + count);
    const { ms, values } = points;
    for (let i = 0; i < count; i++) {
      const row = order ? order[i]! : i;
      ms[base + i] = times[row]!;
      values[base + i] = rows[row * width + column]!;
    }
    points.count = base + count;
  }
}

type Column = {
  readonly block: Block;
  readonly column: number;
  /** The block's rows in the order of time, when they did not come so: sorted once, not once a series. */
  readonly order: Uint32Array | undefined;
};

/** Where each series is; several columns when the host's layout changed inside the window. */
function columnsOf(blocks: readonly Block[]): Map<string, Column[]> {
  const columns = new Map<string, Column[]>();
  for (const block of blocks) {
    const order = block.seen && ascendingOrder(block.times, block.count);
    block.layout.keys().forEach((key, column) => {
      const found = columns.get(key);
      if (found) found.push({ block, column, order });
      else columns.set(key, [{ block, column, order }]);
    });
  }
  return columns;
}
