// The few protobuf primitives the tick codec is made of: varints, strings, doubles, nested messages.
import { isUtf8 } from 'node:buffer';

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;
const FIXED32 = 5;

/** A growing buffer that messages are written into front to back. */
export type ProtoWriter = {
  varint(field: number, value: number): void;
  double(field: number, value: number): void;
  string(field: number, value: string): void;
  bytes(field: number, value: Uint8Array): void;
  /** Fields that are encoded already. */
  raw(value: Uint8Array): void;
  /** Bytes that are encoded already, and a double behind them. */
  headed(head: Uint8Array, value: number): void;
  /** A nested message: `fill` writes its fields, the length is put in front afterwards. */
  message(field: number, fill: () => void): void;
  size(): number;
  /** What was written: a view of the buffer. */
  finish(): Uint8Array;
  /** Begins again in the same buffer, over what was written; from a size on. */
  restart(from?: number): void;
};

export function createProtoWriter(initialBytes = 1024): ProtoWriter {
  let buffer = Buffer.allocUnsafe(initialBytes);
  let view = viewOf(buffer);
  let end = 0;

  const reserve = (bytes: number) => {
    if (end + bytes <= buffer.length) return;
    const grown = Buffer.allocUnsafe(Math.max(buffer.length * 2, end + bytes));
    buffer.copy(grown, 0, 0, end);
    buffer = grown;
    view = viewOf(grown);
  };
  const rawVarint = (value: number) => {
    reserve(10);
    if (value < 0) {
      // Two's complement over 64 bits: ten bytes, as protobuf writes negative int64.
      let rest = BigInt.asUintN(64, BigInt(value));
      while (rest > 0x7fn) {
        buffer[end++] = Number(rest & 0x7fn) | 0x80;
        rest >>= 7n;
      }
      buffer[end++] = Number(rest);
      return;
    }
    while (value > 0x7f) {
      buffer[end++] = (value % 128) | 0x80;
      value = Math.floor(value / 128);
    }
    buffer[end++] = value;
  };
  const tag = (field: number, wire: number) => rawVarint(field * 8 + wire);

  return {
    varint(field, value) {
      tag(field, VARINT);
      rawVarint(value);
    },
    double(field, value) {
      tag(field, FIXED64);
      reserve(8);
      buffer.writeDoubleLE(value, end);
      end += 8;
    },
    string(field, value) {
      const length = Buffer.byteLength(value);
      tag(field, BYTES);
      rawVarint(length);
      reserve(length);
      buffer.write(value, end);
      end += length;
    },
    bytes(field, value) {
      tag(field, BYTES);
      rawVarint(value.length);
      reserve(value.length);
      buffer.set(value, end);
      end += value.length;
    },
    raw(value) {
      reserve(value.length);
      buffer.set(value, end);
      end += value.length;
    },
    headed(head, value) {
      const { length } = head;
      reserve(length + 8);
      buffer.set(head, end);
      view.setFloat64(end + length, value, true);
      end += length + 8;
    },
    message(field, fill) {
      tag(field, BYTES);
      const lengthAt = end;
      // Most messages here are under 128 bytes: keep one byte for the length, move the body when it needs more.
      reserve(1);
      end += 1;
      fill();
      const length = end - lengthAt - 1;
      if (length < 128) {
        buffer[lengthAt] = length;
        return;
      }
      const extra = varintSize(length) - 1;
      reserve(extra);
      buffer.copyWithin(lengthAt + 1 + extra, lengthAt + 1, end);
      const bodyEnd = end + extra;
      end = lengthAt;
      rawVarint(length);
      end = bodyEnd;
    },
    size: () => end,
    finish: () => buffer.subarray(0, end),
    restart(from = 0) {
      end = from;
    },
  };
}

export const viewOf = ({ buffer, byteOffset, byteLength }: Uint8Array): DataView =>
  new DataView(buffer, byteOffset, byteLength);

export function varintSize(value: number): number {
  let size = 1;
  while (value > 0x7f) {
    value = Math.floor(value / 128);
    size++;
  }
  return size;
}

/** Bytes that are no such message. (A RangeError may also be the engine's own, for want of memory or stack.) */
export class DecodeError extends Error {
  override readonly name: string = 'DecodeError';
}

/** A string field whose bytes are not UTF-8. */
export class NotUtf8Error extends DecodeError {
  override readonly name = 'NotUtf8Error';
  readonly bytes: Buffer;

  constructor(bytes: Buffer) {
    super('a text is not valid UTF-8');
    this.bytes = bytes;
  }
}

/** A cursor over one message. `at` moves; every read throws DecodeError past `end`. */
export type ProtoCursor = { readonly buffer: Buffer; at: number; readonly end: number };

export function cursorOf(bytes: Uint8Array, start = 0, end = bytes.length): ProtoCursor {
  const buffer = Buffer.isBuffer(bytes)
    ? bytes
    : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return { buffer, at: start, end };
}

export function readVarint(cursor: ProtoCursor): number {
  const { buffer, end } = cursor;
  let at = cursor.at;
  let value = 0;
  let scale = 1;
  for (let i = 0; i < 10; i++) {
    if (at >= end) throw new DecodeError('truncated varint');
    const byte = buffer[at++]!;
    if (i === 9 && byte < 0x80) {
      // The tenth byte carries bit 63: a negative int64.
      cursor.at = at;
      return byte & 1 ? readNegative(buffer, at - 10) : value;
    }
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) {
      cursor.at = at;
      return value;
    }
    scale *= 128;
  }
  throw new DecodeError('varint is longer than ten bytes');
}

function readNegative(buffer: Buffer, start: number): number {
  let value = 0n;
  for (let i = 0; i < 10; i++) value |= BigInt(buffer[start + i]! & 0x7f) << BigInt(7 * i);
  return Number(BigInt.asIntN(64, value));
}

/** End of the length-delimited field that starts at the cursor; the cursor is left at its first byte. */
export function readLength(cursor: ProtoCursor): number {
  const length = readVarint(cursor);
  const end = cursor.at + length;
  // A negative length would move the cursor back: an endless loop.
  if (length < 0 || end > cursor.end) throw new DecodeError('field is longer than its message');
  return end;
}

/** Throws NotUtf8Error where the bytes would have to be repaired. */
export function readString(cursor: ProtoCursor): string {
  const end = readLength(cursor);
  const text = cursor.buffer.toString('utf8', cursor.at, end);
  // A repaired text has the replacement character; one that was sent is rare enough to look at the bytes.
  if (text.includes('\ufffd')) {
    const bytes = cursor.buffer.subarray(cursor.at, end);
    if (!isUtf8(bytes)) throw new NotUtf8Error(bytes);
  }
  cursor.at = end;
  return text;
}

export function readDouble(cursor: ProtoCursor): number {
  if (cursor.at + 8 > cursor.end) throw new DecodeError('truncated double');
  const value = cursor.buffer.readDoubleLE(cursor.at);
  cursor.at += 8;
  return value;
}

/** Steps over an unknown field, as protobuf requires of readers older than the writer. */
export function skipField(cursor: ProtoCursor, wire: number): void {
  if (wire === VARINT) readVarint(cursor);
  else if (wire === FIXED64) cursor.at += 8;
  else if (wire === BYTES) cursor.at = readLength(cursor);
  else if (wire === FIXED32) cursor.at += 4;
  else throw new DecodeError(`unknown wire type ${wire}`);
  if (cursor.at > cursor.end) throw new DecodeError('field is longer than its message');
}

/** The nested message at the cursor; the cursor is left behind it. */
export function nested<T>(cursor: ProtoCursor, read: (cursor: ProtoCursor) => T): T {
  const end = readLength(cursor);
  const value = read({ buffer: cursor.buffer, at: cursor.at, end });
  cursor.at = end;
  return value;
}
