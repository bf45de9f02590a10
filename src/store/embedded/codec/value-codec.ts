// A chunk's values as few bits: decimals as integers, floats by their ordered bits, anything else by XOR. All bit for bit.
import {
  type BitReader,
  type BitWriter,
  bitsOf,
  groupedBits,
  readBits,
  readPacked,
  readVarint,
  unzigzag,
  writeBits,
  writePacked,
  writeVarint,
  zigzag,
} from './bits.ts';
import { createXorCodec } from './xor-codec.ts';

/** Codes stand in files: never renumber. decimalN: integers of 10^-scale as N-th differences (0: from the least). */
const CODES = { decimal0: 0, decimal1: 1, decimal2: 2, float1: 3, xor: 4 } as const;
type Code = (typeof CODES)[keyof typeof CODES];

const MAX_SCALE = 12;
/** Second differences of integers up to here stay exact, zigzag included. */
const MAX_INTEGER = 2 ** 50;
const POWERS = Array.from({ length: MAX_SCALE + 1 }, (_, scale) => 10 ** scale);

export type ValueCodec = {
  /** Three bits of code, then the values. `count` is at least 1. */
  write(writer: BitWriter, values: Float64Array, count: number): void;
  read(reader: BitReader, into: Float64Array, count: number): void;
};

export function createValueCodec(): ValueCodec {
  const integers = createIntegerCodec();
  const floats = createFloatCodec();
  const xor = createXorCodec();

  return {
    write(writer, values, count) {
      integers.room(count);
      let code: Code = CODES.xor;
      // A float's head and the XOR groups are not counted exactly; what matters is the bits per value.
      let bits = Number.POSITIVE_INFINITY;
      const consider = (candidate: Code, order: number) => {
        const size = integers.difference(order, count);
        if (size >= bits) return;
        bits = size;
        code = candidate;
        integers.keep();
      };
      // Floats first, because the integers must be the decimals' when they win.
      if (floats.toIntegers(values, integers.values(), count)) consider(CODES.float1, 1);
      const scale = toDecimals(values, integers.values(), count);
      if (scale >= 0) {
        consider(CODES.decimal0, 0);
        consider(CODES.decimal1, 1);
        consider(CODES.decimal2, 2);
      }
      writeBits(writer, code, 3);
      if (code === CODES.xor) return xor.write(writer, values, count);
      if (code === CODES.float1) {
        floats.toIntegers(values, integers.values(), count);
        return integers.write(writer, 1, count);
      }
      writeBits(writer, scale, 4);
      integers.write(writer, code, count);
    },

    read(reader, into, count) {
      integers.room(count);
      const code = readBits(reader, 3);
      if (code === CODES.xor) return xor.read(reader, into, count);
      if (code === CODES.float1) return floats.toFloats(integers.read(reader, 1, count), into, count);
      if (code > CODES.xor) throw new RangeError(`unknown value code ${code}`);
      const power = POWERS[readBits(reader, 4)];
      if (power === undefined) throw new RangeError('unknown decimal scale');
      const read = integers.read(reader, code, count);
      for (let i = 0; i < count; i++) into[i] = read[i]! / power;
    },
  };
}

/** Fills `integers` and returns the scale at which all values are decimals, or -1. */
function toDecimals(values: Float64Array, integers: Float64Array, count: number): number {
  let scale = 0;
  for (let i = 0; i < count; ) {
    const integer = Math.round(values[i]! * POWERS[scale]!);
    // -0 is a value of its own and no integer can hold it.
    if (integer === 0 && Object.is(values[i], -0)) return -1;
    if (Math.abs(integer) <= MAX_INTEGER && integer / POWERS[scale]! === values[i]!) {
      integers[i++] = integer;
    } else if (scale < MAX_SCALE && Math.abs(integer) <= MAX_INTEGER) {
      // Starts again: earlier integers stand at another scale. At most twelve times a chunk.
      scale++;
      i = 0;
    } else return -1;
  }
  return scale;
}

/** 32-bit floats as integers in the order of their values. */
function createFloatCodec() {
  const single = new Float32Array(1);
  const bits = new Int32Array(single.buffer);

  return {
    /** False if a value is no such float; `integers` is then filled in part. */
    toIntegers(values: Float64Array, integers: Float64Array, count: number): boolean {
      for (let i = 0; i < count; i++) {
        single[0] = values[i]!;
        if (!Object.is(single[0], values[i]!)) return false;
        const signed = bits[0]!;
        integers[i] = signed >= 0 ? signed : -(signed & 0x7fffffff) - 1;
      }
      return true;
    },
    toFloats(integers: Float64Array, into: Float64Array, count: number): void {
      for (let i = 0; i < count; i++) {
        const ordered = integers[i]!;
        bits[0] = ordered >= 0 ? ordered : -(ordered + 1) | 0x80000000;
        into[i] = single[0]!;
      }
    },
  };
}

/** Integers as their differences: order 0 from the least, 1 from the one before, 2 from the difference before. */
function createIntegerCodec() {
  let integers = new Float64Array(1024);
  let packed = new Float64Array(1024);
  let best = new Float64Array(1024);

  return {
    room(count: number): void {
      if (count <= integers.length) return;
      integers = new Float64Array(count * 2);
      packed = new Float64Array(count * 2);
      best = new Float64Array(count * 2);
    },

    /** To be filled before `difference` and `write`. */
    values: (): Float64Array => integers,

    /** Computes the differences of an order; their size in bits. */
    difference(order: number, count: number): number {
      const first = integers[0]!;
      if (order === 0) {
        let least = first;
        for (let i = 1; i < count; i++) if (integers[i]! < least) least = integers[i]!;
        for (let i = 0; i < count; i++) packed[i] = integers[i]! - least;
        return bitsOf(zigzag(least)) + groupedBits(packed, count);
      }
      let before = first;
      let step = order === 1 || count < 2 ? 0 : integers[1]! - first;
      const headBits = bitsOf(zigzag(first)) + bitsOf(zigzag(step));
      for (let i = 1; i < count; i++) {
        const delta = integers[i]! - before;
        packed[i - 1] = zigzag(delta - step);
        if (order === 2) step = delta;
        before = integers[i]!;
      }
      return headBits + groupedBits(packed, count - 1);
    },

    /** The differences just computed are the ones to write. */
    keep(): void {
      [best, packed] = [packed, best];
    },

    write(writer: BitWriter, order: number, count: number): void {
      let head = integers[0]!;
      if (order === 0) for (let i = 1; i < count; i++) if (integers[i]! < head) head = integers[i]!;
      writeVarint(writer, zigzag(head));
      if (order === 2 && count > 1) writeVarint(writer, zigzag(integers[1]! - head));
      writePacked(writer, best, order === 0 ? count : count - 1);
    },

    /** The integers, valid until the next call. */
    read(reader: BitReader, order: number, count: number): Float64Array {
      const head = unzigzag(readVarint(reader));
      if (order === 0) {
        readPacked(reader, integers, count);
        for (let i = 0; i < count; i++) integers[i] = integers[i]! + head;
        return integers;
      }
      let step = order === 2 && count > 1 ? unzigzag(readVarint(reader)) : 0;
      readPacked(reader, packed, count - 1);
      integers[0] = head;
      for (let i = 1; i < count; i++) {
        const delta = step + unzigzag(packed[i - 1]!);
        if (order === 2) step = delta;
        integers[i] = integers[i - 1]! + delta;
      }
      return integers;
    },
  };
}
