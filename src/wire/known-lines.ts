// Parses InfluxDB line protocol from bytes: lines with known measurement, tags and fields are parsed without creating
// strings of them. All others go the way of domain/line-protocol.ts, which alone knows the whole format.
import { type Line, type MalformedLine, readLines } from '../domain/line-protocol.ts';
import type { KnownBytes } from './known-bytes.ts';
import { viewOf } from './protobuf.ts';

/** What is known of a line by its measurement and tags. */
export type KnownLine<T> = {
  /** `name=` of each field, in the order of the line; all of them were numbers. */
  readonly fields: readonly Uint8Array[];
  readonly of: T;
};

export type LineReading<T> = {
  readonly known: KnownBytes<KnownLine<T>>;
  /** What is kept of a line for its next time. `names`: its fields in their order. */
  keep(line: Line, names: readonly string[]): T;
  /** What that takes of memory. */
  bytesOf(of: T): number;
  /** Last digits of times that are left out. */
  readonly timeDigits: number;
  /** A line that is known: only until it returns the values are those of its fields. */
  onKnown(of: T, values: readonly number[], time: number | undefined): void;
  onLine(line: Line): void;
  onMalformed(malformed: MalformedLine): void;
};

/** Seldom are there more; they would take much of what there is for all. */
const MAX_FIELDS = 500;
/** Of a field beside its name, which is there several times: measured. */
const FIELD_BYTES = 200;
const NAME_COPIES = 4;

const LF = 10;
const CR = 13;
const SPACE = 32;
const COMMA = 44;
const MINUS = 45;
const DOT = 46;
const ZERO = 48;
const NINE = 57;
const BACKSLASH = 92;
const INTEGER = 105;
const UNSIGNED = 117;
/** So many digits are exact as a number. */
const EXACT_DIGITS = 15;
/** More are malformed. */
const MAX_TIME_DIGITS = 19;
const POWERS = Array.from({ length: EXACT_DIGITS + 1 }, (_, i) => 10 ** i);

/** The bytes are UTF-8. */
export function readKnownLines<T>(bytes: Buffer, reading: LineReading<T>): void {
  const { known, onLine, onMalformed } = reading;
  const view = viewOf(bytes);
  const end = bytes.length;
  const read = createKnownReader(bytes, view, reading);
  let at = 0;
  let line = 1;
  while (at < end) {
    const next = read(at);
    if (next > 0) {
      at = next;
      line++;
      continue;
    }
    const found = bytes.indexOf(LF, at);
    const lineEnd = found < 0 ? end : found;
    const text = bytes.toString('utf8', at, lineEnd + 1);
    let whole: Line | undefined;
    let malformed: MalformedLine | undefined;
    const take = (one: Line) => {
      whole = one;
    };
    const refuse = (one: MalformedLine) => {
      malformed = one;
    };
    readLines(text, take, refuse, line);
    // It may be the beginning of a text that goes over several lines: all that is left then goes the long way.
    if (malformed && found >= 0 && text.includes('"')) {
      readLines(bytes.toString('utf8', at), onLine, onMalformed, line);
      return;
    }
    if (malformed) onMalformed(malformed);
    if (whole) {
      onLine(whole);
      keepShape(whole, { from: at, to: lineEnd });
    }
    at = lineEnd + 1;
    line++;
  }

  function keepShape(whole: Line, { from, to }: { readonly from: number; readonly to: number }): void {
    const shape = shapeOf(bytes, from, to);
    if (!shape || shape.names.length !== whole.fields.size || shape.names.length > MAX_FIELDS) return;
    const fields = shape.names.map((name) => Buffer.from(`${name}=`));
    const of = reading.keep(whole, shape.names);
    const ofFields = fields.reduce((sum, { length }) => sum + FIELD_BYTES + NAME_COPIES * length, 0);
    known.keep(view, from, shape.headEnd, { fields, of }, ofFields + reading.bytesOf(of));
  }
}

/** Where the head ends, and the names of the fields; undefined for a line with anything but plain names and numbers. */
function shapeOf(bytes: Buffer, at: number, end: number) {
  const text = bytes.toString('latin1', at, end);
  if (/[\\"]/.test(text)) return undefined;
  const head = text.indexOf(' ');
  const fieldsEnd = text.indexOf(' ', head + 1);
  const headEnd = at + head;
  const fields = bytes.toString('utf8', headEnd + 1, fieldsEnd < 0 ? end : at + fieldsEnd);
  const names = fields.split(',').map((field) => field.slice(0, field.indexOf('=')));
  return names.includes('') ? undefined : { headEnd, names };
}

/** Reads the line at a place and returns where the next begins; -1 for a line that is not known. */
function createKnownReader<T>(
  bytes: Buffer,
  view: DataView,
  { known, onKnown, timeDigits }: LineReading<T>,
): (at: number) => number {
  const end = bytes.length;
  const values: number[] = [];
  /** Behind the number that was read last; -1 where there was none. */
  let numberEnd = -1;

  /** A decimal with or without its sign; a suffix makes it whole. Exponents and `+` are for the long way. */
  function readNumber(from: number): number {
    let at = from;
    const isNegative = bytes[at] === MINUS;
    if (isNegative) at++;
    const digitsAt = at;
    let size = 0;
    let dotAt = -1;
    for (; at < end; at++) {
      const code = bytes[at]!;
      if (code >= ZERO && code <= NINE) size = size * 10 + code - ZERO;
      else if (code === DOT && dotAt < 0) dotAt = at;
      else break;
    }
    const digits = at - digitsAt - (dotAt < 0 ? 0 : 1);
    numberEnd = -1;
    if (digits === 0) return 0;
    const digitsEnd = at;
    if (dotAt < 0 && (bytes[at] === INTEGER || bytes[at] === UNSIGNED)) at++;
    numberEnd = at;
    if (digits > EXACT_DIGITS) {
      const value = Number(bytes.toString('latin1', from, digitsEnd));
      if (!Number.isFinite(value)) numberEnd = -1;
      return value;
    }
    // Both are exact, and so the quotient is the double that is nearest.
    const value = dotAt < 0 ? size : size / POWERS[digitsEnd - dotAt - 1]!;
    return isNegative ? -value : value;
  }

  function knownAt(at: number): { readonly length: number; readonly value: KnownLine<T> } | undefined {
    const expected = known.expected(view, at, end);
    if (expected && bytes[at + expected.length] === SPACE) {
      known.took(expected);
      return expected;
    }
    let headEnd = at;
    for (; headEnd < end; headEnd++) {
      const code = bytes[headEnd]!;
      if (code === SPACE) break;
      if (code === LF || code === BACKSLASH) return undefined;
    }
    const value = known.find(view, at, headEnd);
    return value && { length: headEnd - at, value };
  }

  /** Behind the fields; -1 where they are others. */
  function readFields(fields: readonly Uint8Array[], from: number): number {
    let at = from;
    for (let i = 0; i < fields.length; i++) {
      const name = fields[i]!;
      for (let k = 0; k < name.length; k++) if (bytes[at + k] !== name[k]) return -1;
      values[i] = readNumber(at + name.length);
      if (numberEnd < 0) return -1;
      at = numberEnd;
      if (i === fields.length - 1) return at;
      if (bytes[at] !== COMMA) return -1;
      at++;
    }
    return -1;
  }

  /** `count` digits, no more than are exact. */
  function wholeNumber(from: number, count: number): number {
    let value = 0;
    for (let i = 0; i < count; i++) value = value * 10 + bytes[from + i]! - ZERO;
    return value;
  }

  return (at) => {
    const found = knownAt(at);
    if (!found) return -1;
    const { fields, of } = found.value;
    values.length = fields.length;
    let next = readFields(fields, at + found.length + 1);
    if (next < 0) return -1;
    let time: number | undefined;
    if (bytes[next] === SPACE) {
      const timeAt = ++next;
      while (bytes[next]! >= ZERO && bytes[next]! <= NINE) next++;
      const count = next - timeAt - timeDigits;
      if (next === timeAt || next - timeAt > MAX_TIME_DIGITS || count > EXACT_DIGITS) return -1;
      time = wholeNumber(timeAt, count);
    }
    if (bytes[next] === CR) next++;
    if (next < end && bytes[next] !== LF) return -1;
    onKnown(of, values, time);
    return next + 1;
  };
}
