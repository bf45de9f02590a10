// Chunks that were read lately, decoded: a dashboard asks for the same hours again and again. Valid while their file is unchanged.
import { makeRoom, type Points } from '../points.ts';
import type { ReaderFile } from './reader-files.ts';

/** 16 bytes each. */
const MAX_POINTS = 2_000_000;

type Decoded = { readonly ms: Float64Array; readonly values: Float64Array };

export type ChunkCache = {
  /** Adds the chunk's points and returns true, if it is known as of the file's present version. */
  add(file: ReaderFile, row: number, into: Points): boolean;
  /** The points of `into` from there on are the chunk's. */
  keep(file: ReaderFile, row: number, from: Points, at: number): void;
};

export function createChunkCache(): ChunkCache {
  let files = new WeakMap<ReaderFile, { readonly version: number; readonly chunks: Map<number, Decoded> }>();
  let points = 0;

  /** Undefined where the file's version is not known, which it is only inside of a transaction. */
  function chunksOf(file: ReaderFile): Map<number, Decoded> | undefined {
    const version = file.version();
    if (version === undefined) return undefined;
    let known = files.get(file);
    if (known?.version !== version) {
      for (const { ms } of known?.chunks.values() ?? []) points -= ms.length;
      known = { version, chunks: new Map() };
      files.set(file, known);
    }
    return known.chunks;
  }

  return {
    add(file, row, into) {
      const found = chunksOf(file)?.get(row);
      if (!found) return false;
      const { ms, values } = found;
      makeRoom(into, into.count + ms.length);
      into.ms.set(ms, into.count);
      into.values.set(values, into.count);
      into.count += ms.length;
      return true;
    },
    keep(file, row, from, at) {
      if (points >= MAX_POINTS) {
        files = new WeakMap();
        points = 0;
      }
      const chunks = chunksOf(file);
      if (!chunks || chunks.has(row)) return;
      chunks.set(row, { ms: from.ms.slice(at, from.count), values: from.values.slice(at, from.count) });
      points += from.count - at;
    },
  };
}
