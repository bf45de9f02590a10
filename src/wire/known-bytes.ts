// A cache keyed by raw bytes: other agents send the same series each time, in the same order.
import { getHeapStatistics } from 'node:v8';
import { viewOf } from './protobuf.ts';

export type KnownBytes<T> = {
  /** What is kept of the bytes from `at` to `end`. */
  find(view: DataView, at: number, end: number): T | undefined;
  /**
   * As `find`, where the end is not known before: what came after the last one that was found, if these bytes begin so.
   * Whether they end there too, the caller knows; `took` says that they do.
   */
  expected(view: DataView, at: number, end: number): Expected<T> | undefined;
  took(expected: Expected<T>): void;
  /** Also instead of what is kept. `moreBytes`: what the value takes beyond what any does. What would take all of the bound is not kept. */
  keep(view: DataView, at: number, end: number, value: T, moreBytes?: number): void;
};

export type Expected<T> = { readonly length: number; readonly value: T };

type Entry<T> = Expected<T> & {
  value: T;
  moreBytes: number;
  /** Each byte as one character. */
  readonly key: string;
  readonly view: DataView;
  generation: number;
  next: Entry<T> | undefined;
};

/** What one kind of known things may take: a sixteenth of what Node allows this thread. */
export const maxKnownBytes = (): number => Math.floor(getHeapStatistics().heap_size_limit / 16);
/** Of an entry beside its bytes, and how often those are there, with texts and what is sent: measured. */
const ENTRY_BYTES = 700;
const COPIES = 5;
const NEVER = -1;

const sizeOf = ({ length, moreBytes }: { readonly length: number; readonly moreBytes: number }): number =>
  COPIES * length + ENTRY_BYTES + moreBytes;

export function createKnownBytes<T>(limitBytes = maxKnownBytes()): KnownBytes<T> {
  // Two generations: what was not seen since the last one was full is forgotten when the next is.
  let recent = new Map<string, Entry<T>>();
  let before = new Map<string, Entry<T>>();
  let generation = 0;
  let bytes = 0;
  let last: Entry<T> | undefined;

  function startGeneration(): void {
    // A chain of what is forgotten must not hang on what is kept.
    for (const entry of before.values()) if (entry.generation < generation) entry.next = undefined;
    before = recent;
    recent = new Map();
    generation++;
    bytes = 0;
  }

  /** It is of this generation now, and what comes after it is learned. */
  function see(entry: Entry<T>): void {
    if (entry.generation !== generation) {
      const size = sizeOf(entry);
      if (bytes + size > limitBytes / 2) startGeneration();
      entry.generation = generation;
      recent.set(entry.key, entry);
      bytes += size;
    }
    if (last) last.next = entry;
    last = entry;
  }

  function expected(view: DataView, at: number, end: number): Entry<T> | undefined {
    const next = last?.next;
    // Forgotten, and maybe kept anew meanwhile.
    if (!next || next.generation < generation - 1 || at + next.length > end) return undefined;
    return isSame(next.view, view, at) ? next : undefined;
  }

  return {
    find(view, at, end) {
      const next = expected(view, at, end);
      if (next && next.length === end - at) {
        see(next);
        return next.value;
      }
      const key = keyOf(view, at, end);
      const entry = recent.get(key) ?? before.get(key);
      if (entry) see(entry);
      return entry?.value;
    },
    expected,
    took: (entry) => see(entry as Entry<T>),
    keep(view, at, end, value, moreBytes = 0) {
      if (sizeOf({ length: end - at, moreBytes }) > limitBytes / 2) return;
      const key = keyOf(view, at, end);
      const known = recent.get(key) ?? before.get(key);
      if (known) {
        // It takes its place anew, and as much room as it needs now.
        if (known.generation === generation) bytes -= sizeOf(known);
        known.generation = NEVER;
        known.value = value;
        known.moreBytes = moreBytes;
      }
      const copy = Buffer.from(Buffer.from(view.buffer, view.byteOffset + at, end - at));
      see(
        known ?? {
          ...{ key, value, moreBytes, view: viewOf(copy), length: end - at },
          ...{ generation: NEVER, next: undefined },
        },
      );
    },
  };
}

/** Four at a time: most of what comes goes through here. */
function isSame(known: DataView, view: DataView, at: number): boolean {
  const length = known.byteLength;
  let k = 0;
  for (; k + 4 <= length; k += 4) if (known.getInt32(k) !== view.getInt32(at + k)) return false;
  for (; k < length; k++) if (known.getUint8(k) !== view.getUint8(at + k)) return false;
  return true;
}

const keyOf = ({ buffer, byteOffset }: DataView, at: number, end: number): string =>
  Buffer.from(buffer, byteOffset + at, end - at).toString('latin1');
