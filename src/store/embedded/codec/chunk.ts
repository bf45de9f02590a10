// A chunk: the points of one series in one window as bytes, with a checksum, since SQLite has none of its own.

import { makeRoom, type Points } from '../../points.ts';
import {
  alignReader,
  alignWriter,
  createBitReader,
  createBitWriter,
  readVarint,
  resetWriter,
  writeBits,
  writeVarint,
} from './bits.ts';
import { createTimeCodec } from './time-codec.ts';
import { createValueCodec } from './value-codec.ts';

const CHECKSUM_BYTES = 2;
/** One point a millisecond; a count above it is damage, not a reason to ask for memory. */
const MAX_POINTS = 7_200_000;

export type ChunkCodec = {
  /** Settled points. The bytes are the caller's. `startMs` is the window's start. At least one point. */
  encode(points: Points, startMs: number): Uint8Array;
  /** Puts the chunk's points behind those that `into` holds. Throws RangeError on damaged bytes, adding nothing. */
  decode(bytes: Uint8Array, startMs: number, into: Points): void;
};

export function createChunkCodec(): ChunkCodec {
  const writer = createBitWriter();
  const times = createTimeCodec();
  const values = createValueCodec();

  return {
    encode(points, startMs) {
      resetWriter(writer);
      writeVarint(writer, points.count);
      times.write(writer, { ms: points.ms, count: points.count, startMs });
      values.write(writer, points.values, points.count);
      alignWriter(writer);
      const sum = checksum(writer.bytes, writer.at);
      writeBits(writer, sum, 16);
      return writer.bytes.slice(0, writer.at);
    },

    decode(bytes, startMs, into) {
      const end = bytes.length - CHECKSUM_BYTES;
      if (end < 1 || checksum(bytes, end) !== bytes[end]! * 256 + bytes[end + 1]!) {
        throw new RangeError('a chunk does not match its checksum');
      }
      const reader = createBitReader(bytes);
      const count = readVarint(reader);
      if (count < 1 || count > MAX_POINTS) throw new RangeError(`a chunk says it has ${count} points`);
      makeRoom(into, into.count + count);
      times.read(reader, { ms: into.ms.subarray(into.count), count, startMs });
      values.read(reader, into.values.subarray(into.count), count);
      alignReader(reader);
      into.count += count;
    },
  };
}

/** 16 bits over all bytes; catches what a damaged page does to a chunk. */
function checksum(bytes: Uint8Array, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 16)) & 0xffff;
}
