// A chunk's times as few bits: a few bytes on a grid, a bit or two a gap, and any other milliseconds exactly.
import { type BitReader, type BitWriter, readBits, readVarint, writeBits, writeVarint } from './bits.ts';
import { readPacked, writePacked } from './packed-numbers.ts';

/** Modes stand in files: never renumber. */
const GRID = 0;
const GAPS = 1;
const FREE = 2;

export type TimeCodec = {
  /** Ascending times, none before startMs; two bits of mode, then the times. `count` is at least 1. */
  write(
    writer: BitWriter,
    times: { readonly ms: Float64Array; readonly count: number; readonly startMs: number },
  ): void;
  read(reader: BitReader, into: { readonly ms: Float64Array; count: number; startMs: number }): void;
};

export function createTimeCodec(): TimeCodec {
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
