// A chunk: the points of one series in one window as bytes, with a checksum over them and their series, because SQLite
// has none of its own.
import { crc32 } from 'node:zlib';
import { makeRoom, type Points } from '../../points.ts';
import {
  alignReader,
  alignWriter,
  type BitReader,
  type BitWriter,
  createBitReader,
  createBitWriter,
  readBits,
  readPacked,
  readVarint,
  resetWriter,
  writeBits,
  writePacked,
  writeVarint,
} from './bits.ts';
import { windowIdentity } from './identity.ts';
import { createValueCodec } from './value-codec.ts';

const CHECKSUM_BYTES = 4;
/** What chunks of files of schema 1 end with; it covers their bytes and not whose they are. */
const OLD_CHECKSUM_BYTES = 2;
/** One point a millisecond; a count above it is damage, not a reason to ask for memory. */
const MAX_POINTS = 7_200_000;

/** Where a chunk belongs: its series (as seriesIdentity says) and the start of its window. */
export type ChunkPlace = { readonly series: number; readonly startMs: number };

export type ChunkCodec = {
  /** Settled points. The bytes are the caller's. At least one point. */
  encode(points: Points, place: ChunkPlace): Uint8Array;
  /** How many points it has; 0 where its bytes are damaged or of another place. */
  count(bytes: Uint8Array, place: ChunkPlace, mayBeOld: boolean): number;
  /**
   * Puts the chunk's points behind those that `into` holds. Throws RangeError on damaged bytes and on those of another
   * place, adding nothing. `mayBeOld`: it may be a chunk of schema 1, with 16 bits that do not cover its place.
   */
  decode(bytes: Uint8Array, place: ChunkPlace, into: Points, mayBeOld?: boolean): void;
};

/** Whether the bytes are whole and of this place; cheaper than decoding them. */
export const isWhole = (bytes: Uint8Array, place: ChunkPlace, mayBeOld = false): boolean =>
  bodyBytes(bytes, place, mayBeOld) > 0;

/** How many bytes stand before the checksum that matches, or 0 when none does. */
function bodyBytes(bytes: Uint8Array, { series, startMs }: ChunkPlace, mayBeOld: boolean): number {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end > 0) {
    const stored =
      ((bytes[end]! << 24) | (bytes[end + 1]! << 16) | (bytes[end + 2]! << 8) | bytes[end + 3]!) >>> 0;
    if (crc32(bytes.subarray(0, end), windowIdentity(series, startMs)) === stored) return end;
  }
  const oldEnd = bytes.length - OLD_CHECKSUM_BYTES;
  if (!mayBeOld || oldEnd < 1) return 0;
  return oldChecksum(bytes, oldEnd) === bytes[oldEnd]! * 256 + bytes[oldEnd + 1]! ? oldEnd : 0;
}

export function createChunkCodec(): ChunkCodec {
  const writer = createBitWriter();
  const times = createTimeCodec();
  const values = createValueCodec();

  return {
    encode(points, { series, startMs }) {
      resetWriter(writer);
      writeVarint(writer, points.count);
      times.write(writer, { ms: points.ms, count: points.count, startMs });
      values.write(writer, points.values, points.count);
      alignWriter(writer);
      const sum = crc32(writer.bytes.subarray(0, writer.at), windowIdentity(series, startMs));
      writeBits(writer, sum, 32);
      return writer.bytes.slice(0, writer.at);
    },

    count: (bytes, place, mayBeOld) =>
      bodyBytes(bytes, place, mayBeOld) === 0 ? 0 : readVarint(createBitReader(bytes)),

    decode(bytes, place, into, mayBeOld = false) {
      const end = bodyBytes(bytes, place, mayBeOld);
      if (end === 0) throw new RangeError('a chunk does not match its checksum');
      const reader = createBitReader(bytes);
      const count = readVarint(reader);
      if (count < 1 || count > MAX_POINTS) throw new RangeError(`a chunk says it has ${count} points`);
      makeRoom(into, into.count + count);
      times.read(reader, { ms: into.ms.subarray(into.count), count, startMs: place.startMs });
      values.read(reader, into.values.subarray(into.count), count);
      alignReader(reader);
      // What 16 bits let through mostly ends elsewhere.
      if (reader.at !== end) throw new RangeError('a chunk is longer than its points');
      into.count += count;
    },
  };
}

/** 16 bits over all bytes, as chunks had them before schema 2. */
function oldChecksum(bytes: Uint8Array, end: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  return (hash ^ (hash >>> 16)) & 0xffff;
}

/** Modes of times; they are in files: never renumber. */
const GRID = 0;
const GAPS = 1;
const FREE = 2;

type TimeCodec = {
  /**
   * Ascending times, none before startMs: a few bytes on a grid, a bit or two a gap, and any other milliseconds exactly.
   * `count` is at least 1.
   */
  write(
    writer: BitWriter,
    times: { readonly ms: Float64Array; readonly count: number; readonly startMs: number },
  ): void;
  read(reader: BitReader, into: { readonly ms: Float64Array; count: number; startMs: number }): void;
};

function createTimeCodec(): TimeCodec {
  let packed = new Float64Array(1024);
  const room = (count: number) => {
    if (count > packed.length) packed = new Float64Array(count * 2);
  };

  return {
    write(writer, { ms, count, startMs }) {
      room(count);
      // The grid is the smallest step; with every step a multiple of it, steps are small numbers.
      let step = 0;
      for (let i = 1; i < count; i++) {
        const delta = ms[i]! - ms[i - 1]!;
        if (step === 0 || delta < step) step = delta;
      }
      let mode = GRID;
      for (let i = 1; i < count && mode !== FREE; i++) {
        const delta = ms[i]! - ms[i - 1]!;
        if (delta !== step) mode = delta % step === 0 ? GAPS : FREE;
      }
      const first = ms[0]! - startMs;
      const inSeconds = first % 1000 === 0 && step % 1000 === 0;
      const unit = inSeconds ? 1000 : 1;
      writeBits(writer, mode, 2);
      writeBits(writer, inSeconds ? 1 : 0, 1);
      writeVarint(writer, first / unit);
      writeVarint(writer, step / unit);
      if (mode === GRID) return;
      for (let i = 1; i < count; i++) {
        const delta = ms[i]! - ms[i - 1]!;
        packed[i - 1] = mode === GAPS ? delta / step - 1 : delta - step;
      }
      writePacked(writer, packed, count - 1);
    },

    read(reader, { ms, count, startMs }) {
      room(count);
      const mode = readBits(reader, 2);
      const unit = readBits(reader, 1) === 1 ? 1000 : 1;
      let at = startMs + readVarint(reader) * unit;
      const step = readVarint(reader) * unit;
      ms[0] = at;
      if (mode === GRID) {
        for (let i = 1; i < count; i++) ms[i] = at += step;
        return;
      }
      if (mode > FREE) throw new RangeError(`unknown time mode ${mode}`);
      readPacked(reader, packed, count - 1);
      for (let i = 1; i < count; i++) {
        at += mode === GAPS ? (packed[i - 1]! + 1) * step : packed[i - 1]! + step;
        ms[i] = at;
      }
    },
  };
}
