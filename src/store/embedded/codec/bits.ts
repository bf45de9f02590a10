// Numbers as bits: integers of any width up to 53 bits, varints, unary numbers, and runs of numbers packed.

// At most 24 bits at a time: with the seven that may wait in `rest` they still fit a signed 32-bit integer, which is what
// JavaScript's shifts work on. Wider numbers go in two parts, by division.
const TWO_24 = 2 ** 24;

/** A growing bit string that one owner writes again and again, and copies out of `bytes` up to `at`. */
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
function writeUnary(writer: BitWriter, value: number): void {
  let left = value;
  for (; left >= 24; left -= 24) writeBits(writer, 0, 24);
  writeBits(writer, 1, left + 1);
}

function readUnary(reader: BitReader): number {
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

/** Numbers that share one width: an outlier widens its group alone. */
export const GROUP = 16;

/** What the width of the next group costs; most groups are as wide as their neighbour, or one bit off. */
const widthBits = (width: number, before: number): number =>
  width === before ? 1 : Math.abs(width - before) === 1 ? 3 : 9;

// A prefix code: 0 the same width, 100 and 101 a bit more or less, 11 and seven bits any other.
function writeWidth(writer: BitWriter, width: number, before: number): void {
  if (width === before) writeBits(writer, 0, 1);
  else if (width === before + 1) writeBits(writer, 0b100, 3);
  else if (width === before - 1) writeBits(writer, 0b101, 3);
  else writeBits(writer, 0b11 * 128 + width, 9);
}

function readWidth(reader: BitReader, before: number): number {
  if (readBits(reader, 1) === 0) return before;
  if (readBits(reader, 1) === 1) return readBits(reader, 7);
  return readBits(reader, 1) === 0 ? before + 1 : before - 1;
}

/** Packs numbers below 2^53 in the way that takes less. */
export function writePacked(writer: BitWriter, numbers: Float64Array, count: number): void {
  const rest = riceRest(numbers, count);
  const isRice = riceBits(numbers, count, rest) < groupedBits(numbers, count);
  writeBits(writer, isRice ? 1 : 0, 1);
  if (isRice) writeRice(writer, { numbers, count, rest });
  else writeGroups(writer, numbers, count);
}

export function readPacked(reader: BitReader, into: Float64Array, count: number): void {
  if (readBits(reader, 1) === 1) readRice(reader, into, count);
  else readGroups(reader, into, count);
}

/** How many low bits to write as they are: about as many as the mean has, so that the unary part is a bit or two. */
function riceRest(numbers: Float64Array, count: number): number {
  let sum = 0;
  for (let i = 0; i < count; i++) sum += numbers[i]!;
  // Differences fall off geometrically; of such numbers about half are below mean * ln 2.
  const rest = count === 0 ? 0 : bitsOf(Math.floor((sum / count) * Math.LN2));
  return rest > 0 && riceBits(numbers, count, rest - 1) < riceBits(numbers, count, rest) ? rest - 1 : rest;
}

function riceBits(numbers: Float64Array, count: number, rest: number): number {
  const scale = 2 ** -rest;
  let bits = 6 + count * (rest + 1);
  for (let i = 0; i < count; i++) bits += Math.floor(numbers[i]! * scale);
  return bits;
}

function writeRice(
  writer: BitWriter,
  { numbers, count, rest }: { numbers: Float64Array; count: number; rest: number },
): void {
  const scale = 2 ** rest;
  writeBits(writer, rest, 6);
  for (let i = 0; i < count; i++) {
    const top = Math.floor(numbers[i]! / scale);
    writeUnary(writer, top);
    if (rest > 0) writeBits(writer, numbers[i]! - top * scale, rest);
  }
}

function readRice(reader: BitReader, into: Float64Array, count: number): void {
  const rest = readBits(reader, 6);
  const scale = 2 ** rest;
  for (let i = 0; i < count; i++) {
    const top = readUnary(reader);
    into[i] = top * scale + (rest > 0 ? readBits(reader, rest) : 0);
  }
}

function writeGroups(writer: BitWriter, numbers: Float64Array, count: number): void {
  let before = 0;
  for (let from = 0; from < count; from += GROUP) {
    const to = Math.min(from + GROUP, count);
    const width = groupWidth(numbers, from, to);
    writeWidth(writer, width, before);
    if (width > 0) for (let i = from; i < to; i++) writeBits(writer, numbers[i]!, width);
    before = width;
  }
}

/** About the bits that {@link writePacked} would write; exactly those of the groups. */
export function groupedBits(numbers: Float64Array, count: number): number {
  let bits = 0;
  let before = 0;
  for (let from = 0; from < count; from += GROUP) {
    const to = Math.min(from + GROUP, count);
    const width = groupWidth(numbers, from, to);
    bits += widthBits(width, before) + width * (to - from);
    before = width;
  }
  return bits;
}

function groupWidth(numbers: Float64Array, from: number, to: number): number {
  let widest = 0;
  for (let i = from; i < to; i++) if (numbers[i]! > widest) widest = numbers[i]!;
  return bitsOf(widest);
}

function readGroups(reader: BitReader, into: Float64Array, count: number): void {
  let width = 0;
  for (let from = 0; from < count; from += GROUP) {
    const to = Math.min(from + GROUP, count);
    width = readWidth(reader, width);
    for (let i = from; i < to; i++) into[i] = width === 0 ? 0 : readBits(reader, width);
  }
}
