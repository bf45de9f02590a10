// Runs of numbers packed: in groups of 16 each as wide as its widest, or Rice coded where that is smaller (it comes
// nearer to the entropy of a gauge that wanders; groups are better for what jumps).
import {
  type BitReader,
  type BitWriter,
  bitsOf,
  readBits,
  readUnary,
  writeBits,
  writeUnary,
} from './bits.ts';

export const GROUP = 16;

/** What the width of the next group costs; most groups are as wide as their neighbour, or one bit off. */
const widthBits = (width: number, before: number): number =>
  width === before ? 1 : Math.abs(width - before) === 1 ? 3 : 9;

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
