// A cache of decoded chunks, for dashboards that repeat queries. Valid while their file is unchanged.
import type { Points } from '../points.ts';
import type { ReaderFile } from './reader-files.ts';

/** 16 bytes each. */
const MAX_POINTS = 2_000_000;

/** Settled. */
export type Decoded = Readonly<Points>;

export type ChunkCache = {
  /** The chunk's points, if they are known as of the file's present version; without any where it has no such chunk. */
  find(file: ReaderFile, row: number): Decoded | undefined;
  /** The points of `into` from there on are the chunk's. */
  keep(file: ReaderFile, row: number, from: Points, at: number): void;
};

/** What one is counted as beside its points: a window that has no chunk is kept too. */
const POINTS_A_CHUNK = 16;

export function createChunkCache(): ChunkCache {
  let files = new WeakMap<ReaderFile, { readonly version: number; readonly chunks: Map<number, Decoded> }>();
  let points = 0;

  /** Undefined where the file's version is not known, which it is only inside of a transaction. */
  function chunksOf(file: ReaderFile): Map<number, Decoded> | undefined {
    const version = file.version();
    if (version === undefined) return undefined;
    let known = files.get(file);
    if (known?.version !== version) {
      for (const { ms } of known?.chunks.values() ?? []) points -= POINTS_A_CHUNK + ms.length;
      known = { version, chunks: new Map() };
      files.set(file, known);
    }
    return known.chunks;
  }

  return {
    find: (file, row) => chunksOf(file)?.get(row),
    keep(file, row, from, at) {
      if (points >= MAX_POINTS) {
        files = new WeakMap();
        points = 0;
      }
      const chunks = chunksOf(file);
      if (!chunks || chunks.has(row)) return;
      chunks.set(row, {
        ms: from.ms.slice(at, from.count),
        values: from.values.slice(at, from.count),
        count: from.count - at,
      });
      points += POINTS_A_CHUNK + from.count - at;
    },
  };
}
