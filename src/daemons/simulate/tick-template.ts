// A tick's bytes, to be filled again and again: a host's ticks differ in their time and their values only. The bytes
// are the domain codec's own; this file finds the places to write over.
import * as pb from '../../wire/protobuf.ts';

export type TickTemplate = {
  readonly bytes: Uint8Array;
  readonly timeAt: number;
  readonly timeBytes: number;
  /** Where each sample's double stands, in the order of the samples. */
  readonly valuesAt: Int32Array;
};

const TIME_TAG = 2 * 8 + pb.VARINT;
const SAMPLE_TAG = 7 * 8 + pb.BYTES;
const VALUE_TAG = 3 * 8 + pb.FIXED64;

/** `bytes` is a tick from encodeTick(). */
export function tickTemplate(bytes: Uint8Array): TickTemplate {
  const cursor = pb.cursorOf(bytes);
  const valuesAt: number[] = [];
  let timeAt = 0;
  let timeBytes = 0;
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === TIME_TAG) {
      timeAt = cursor.at;
      pb.readVarint(cursor);
      timeBytes = cursor.at - timeAt;
    } else if (tag === SAMPLE_TAG) {
      const end = pb.readLength(cursor);
      while (cursor.at < end) {
        const field = pb.readVarint(cursor);
        if (field === VALUE_TAG) valuesAt.push(cursor.at);
        pb.skipField(cursor, field & 7);
      }
    } else {
      pb.skipField(cursor, tag & 7);
    }
  }
  // A copy of its size, for the codec's buffer has room to grow and there is a template for each of many hosts.
  return { bytes: Uint8Array.from(bytes), timeAt, timeBytes, valuesAt: Int32Array.from(valuesAt) };
}

/** Writes the tick with another time and other values to `target` at `start`; false if the time needs more room. */
export function fillTemplate(
  template: TickTemplate,
  tick: { readonly timeMs: number; readonly values: Float64Array },
  target: { readonly buffer: Buffer; readonly start: number },
): boolean {
  const { bytes, timeAt, timeBytes, valuesAt } = template;
  if (pb.varintSize(tick.timeMs) !== timeBytes) return false;
  const { buffer, start } = target;
  buffer.set(bytes, start);
  let rest = tick.timeMs;
  let at = start + timeAt;
  for (let left = timeBytes; left > 1; left--) {
    buffer[at++] = (rest % 128) | 0x80;
    rest = Math.floor(rest / 128);
  }
  buffer[at] = rest;
  const { values } = tick;
  for (let i = 0; i < valuesAt.length; i++) buffer.writeDoubleLE(values[i]!, start + valuesAt[i]!);
  return true;
}
