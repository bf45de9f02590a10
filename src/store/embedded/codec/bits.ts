// Bits in a row: integers of any width up to 53 bits, varints, and unary numbers.

const TWO_24 = 2 ** 24;

/** A growing bit string that one owner writes again and again; `take` copies it out. */
export type BitWriter = {
  bytes: Uint8Array;
  at: number;
  /** Bits not yet in `bytes`, right-aligned; fewer than eight between calls. */
  rest: number;
  restBits: number;
};

export const createBitWriter = (): BitWriter => ({
  bytes: new Uint8Array(4096),
  at: 0,
  rest: 0,
  restBits: 0,
});

export function resetWriter(writer: BitWriter): void {
  writer.at = writer.rest = writer.restBits = 0;
}

/** Fills the last byte with zeros. */
export function alignWriter(writer: BitWriter): void {
  if (writer.restBits > 0) writeBits(writer, 0, 8 - writer.restBits);
}

/** `value` is an integer of at most `width` bits, `width` at most 53. */
export function writeBits(writer: BitWriter, value: number, width: number): void {
  if (width > 24) {
    writeBits(writer, Math.floor(value / TWO_24), width - 24);
    writeBits(writer, value % TWO_24, 24);
    return;
  }
  if (writer.at + 8 > writer.bytes.length) grow(writer);
  let rest = (writer.rest << width) | value;
  let restBits = writer.restBits + width;
  while (restBits >= 8) {
    restBits -= 8;
    writer.bytes[writer.at++] = rest >>> restBits;
    rest &= (1 << restBits) - 1;
  }
  writer.rest = rest;
  writer.restBits = restBits;
}

function grow(writer: BitWriter): void {
  const grown = new Uint8Array(writer.bytes.length * 2);
  grown.set(writer.bytes);
  writer.bytes = grown;
}

/** An integer from 0 to 2^53 in steps of seven bits. */
export function writeVarint(writer: BitWriter, value: number): void {
  let left = value;
  while (left > 0x7f) {
    writeBits(writer, (left % 128) | 0x80, 8);
    left = Math.floor(left / 128);
  }
  writeBits(writer, left, 8);
}

export type BitReader = { readonly bytes: Uint8Array; at: number; rest: number; restBits: number };

export const createBitReader = (bytes: Uint8Array, at = 0): BitReader => ({
  bytes,
  at,
  rest: 0,
  restBits: 0,
});

export function alignReader(reader: BitReader): void {
  reader.rest = reader.restBits = 0;
}

/** Throws RangeError past the end. */
export function readBits(reader: BitReader, width: number): number {
  if (width > 24) return readBits(reader, width - 24) * TWO_24 + readBits(reader, 24);
  while (reader.restBits < width) {
    if (reader.at >= reader.bytes.length) throw new RangeError('bits end too early');
    reader.rest = (reader.rest << 8) | reader.bytes[reader.at++]!;
    reader.restBits += 8;
  }
  reader.restBits -= width;
  const value = reader.rest >>> reader.restBits;
  reader.rest &= (1 << reader.restBits) - 1;
  return value;
}

export function readVarint(reader: BitReader): number {
  let value = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = readBits(reader, 8);
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
  }
}

/** A small number as so many zeros and a one. */
export function writeUnary(writer: BitWriter, value: number): void {
  let left = value;
  for (; left >= 24; left -= 24) writeBits(writer, 0, 24);
  writeBits(writer, 1, left + 1);
}

export function readUnary(reader: BitReader): number {
  let value = 0;
  while (reader.rest === 0) {
    value += reader.restBits;
    if (reader.at >= reader.bytes.length) throw new RangeError('bits end too early');
    reader.rest = reader.bytes[reader.at++]!;
    reader.restBits = 8;
  }
  const zeros = Math.clz32(reader.rest) - (32 - reader.restBits);
  reader.restBits -= zeros + 1;
  reader.rest &= (1 << reader.restBits) - 1;
  return value + zeros;
}

/** Bits that a non-negative integer below 2^53 needs; 0 for 0. */
export const bitsOf = (value: number): number =>
  value < 0x1_0000_0000 ? 32 - Math.clz32(value) : 64 - Math.clz32(value / 0x1_0000_0000);

/** Signed integers as unsigned ones with the small near 0. Exact within 2^52. */
export const zigzag = (value: number): number => (value < 0 ? -2 * value - 1 : 2 * value);
export const unzigzag = (value: number): number => (value % 2 === 0 ? value / 2 : -(value + 1) / 2);
