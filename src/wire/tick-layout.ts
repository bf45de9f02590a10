// Reads the samples of a tick without decoding their names each time: ticks of one layout differ only in their values, so
// the bytes of one are compared with those of the next.
import { getHeapStatistics } from 'node:v8';
import { type Labels, type Sample, seriesKey } from '../domain/tick.ts';
import * as pb from './protobuf.ts';

/**
 * The series of a host's ticks, in the order of their values. The same object comes back while they do not change, also
 * for other hosts with the same series.
 */
export type TickLayout = {
  readonly series: readonly { readonly metric: string; readonly labels: Labels; readonly key: string }[];
};

/** Of Tick.samples. */
export const SAMPLES_TAG = 7 * 8 + pb.BYTES;
/** Of Tick.counters. */
export const COUNTERS_TAG = 11 * 8 + pb.BYTES;
export const ENDED_TAG = 12 * 8 + pb.BYTES;
/** Some 150 bytes each. A sender that makes up host ids must not fill the memory. */
const MAX_HOSTS = 400_000;
/** Layouts that are tried for a host of which none is known: machines of one kind have the same disks and networks. */
const RECENT = 32;
/** Of one host: the rounds of other agents come in pieces, each of its own series. */
const PIECES = 8;
/** An eighth of what Node allows this thread, since there are several such caches. */
const maxBytes = () => Math.floor(getHeapStatistics().heap_size_limit / 8);
/** Of a series' names as objects. */
const SERIES_BYTES = 300;

/** `values` are those of the tick that was read last. */
export type Template = {
  readonly bytes: Buffer;
  readonly view: DataView;
  readonly valueOffsets: Int32Array;
  readonly layout: TickLayout;
  readonly values: Float64Array;
  /** How many hosts it is kept for. */
  hosts: number;
};

type Limits = {
  readonly maxHosts?: number;
  readonly maxTemplateBytes?: number;
  /** Of the field that is read; default that of samples. */
  readonly tag?: number;
};

export type LayoutReader = {
  /** The run of samples at the cursor, which moves behind it. */
  read(hostId: string, cursor: pb.ProtoCursor): Template;
};

export function createLayoutReader(limits: Limits = {}): LayoutReader {
  const { maxHosts = MAX_HOSTS, maxTemplateBytes = maxBytes(), tag = SAMPLES_TAG } = limits;
  /** The newest first. */
  const byHost = new Map<string, Template[]>();
  /** The keys of `byHost`, to choose one from. */
  const hosts: string[] = [];
  let random = 1;
  /** The one that was learned or found last first. */
  let recent: Template[] = [];
  let templateBytes = 0;
  /** Of the batch that is read: the ticks of one follow each other. */
  let readBuffer: Buffer | undefined;
  let view: DataView = new DataView(new ArrayBuffer(0));

  function release(template: Template): void {
    if (--template.hosts === 0) templateBytes -= bytesOf(template);
  }

  /**
   * Forgets a host at random: hosts tick in turn, so that the oldest is the one that comes next, and with a few hosts too
   * many all would be learned again each time.
   */
  function forgetOne(): void {
    random = (Math.imul(random, 1_664_525) + 1_013_904_223) >>> 0;
    const at = Math.floor((random / 2 ** 32) * hosts.length);
    const hostId = hosts[at]!;
    const last = hosts.pop()!;
    if (at < hosts.length) hosts[at] = last;
    for (const template of byHost.get(hostId)!) release(template);
    byHost.delete(hostId);
  }

  function keep(hostId: string, template: Template): void {
    const before = byHost.get(hostId);
    if (before === undefined) {
      hosts.push(hostId);
      byHost.set(hostId, [template]);
    } else {
      before.unshift(template);
      if (before.length > PIECES) release(before.pop()!);
    }
    if (template.hosts++ === 0) templateBytes += bytesOf(template);
    while (hosts.length > 1 && (hosts.length > maxHosts || templateBytes > maxTemplateBytes)) forgetOne();
    recent = [template, ...recent.filter((other) => other !== template)].slice(0, RECENT);
  }

  function find(hostId: string, buffer: Buffer, at: number, end: number): Template | undefined {
    if (readBuffer !== buffer) {
      readBuffer = buffer;
      view = pb.viewOf(buffer);
    }
    const isIt = (template: Template) => matches(template, { view, at, end, tag });
    const own = byHost.get(hostId)?.find(isIt);
    if (own) return own;
    const other = recent.find(isIt);
    if (other && hostId) keep(hostId, other);
    return other;
  }

  return {
    read(hostId, cursor) {
      const known = find(hostId, cursor.buffer, cursor.at, cursor.end);
      if (known) {
        cursor.at += known.bytes.length;
        return known;
      }
      const learned = learn(cursor, tag);
      if (hostId && learned.bytes.length > 0) keep(hostId, learned);
      return learned;
    },
  };
}

const bytesOf = ({ bytes, layout }: Template): number => bytes.length + layout.series.length * SERIES_BYTES;

/** True when the bytes from `at` are the template's but for the values, which are then in `template.values`. */
function matches(
  template: Template,
  {
    view,
    at,
    end,
    tag,
  }: { readonly view: DataView; readonly at: number; readonly end: number; readonly tag: number },
): boolean {
  const { view: known, valueOffsets, values } = template;
  const length = known.byteLength;
  if (at + length > end) return false;
  if (at + length < end && view.getUint8(at + length) === tag) return false;
  let from = 0;
  for (let i = 0; i < valueOffsets.length; i++) {
    const valueAt = valueOffsets[i]!;
    if (!sameBytes(known, from, valueAt, view, at)) return false;
    values[i] = view.getFloat64(at + valueAt, true);
    from = valueAt + 8;
  }
  return sameBytes(known, from, length, view, at);
}

/** Four at a time: most of a batch goes through here. */
function sameBytes(known: DataView, from: number, to: number, view: DataView, at: number): boolean {
  let k = from;
  for (; k + 4 <= to; k += 4) if (known.getInt32(k, true) !== view.getInt32(at + k, true)) return false;
  for (; k < to; k++) if (known.getUint8(k) !== view.getUint8(at + k)) return false;
  return true;
}

/** Decodes the run of samples at the cursor and keeps what the next such tick will be compared with. */
function learn(cursor: pb.ProtoCursor, tag: number): Template {
  const { buffer, end } = cursor;
  const start = cursor.at;
  const samples: Sample[] = [];
  const offsets: number[] = [];
  let regular = true;
  while (cursor.at < end && buffer[cursor.at] === tag) {
    cursor.at += 1;
    const sampleEnd = pb.readLength(cursor);
    const inner = { buffer, at: cursor.at, end: sampleEnd, values: 0, valueAt: 0 };
    samples.push(readSample(inner));
    // Encoders may leave out a value of 0, or repeat it: such a sample has no one place to compare around.
    if (inner.values === 1) offsets.push(inner.valueAt - start);
    else regular = false;
    cursor.at = sampleEnd;
  }
  const values = Float64Array.from(samples, (sample) => sample.value);
  // An empty template never matches (it would have to be followed by a sample).
  const bytes = regular ? Buffer.from(buffer.subarray(start, cursor.at)) : Buffer.alloc(0);
  return {
    bytes,
    view: pb.viewOf(bytes),
    valueOffsets: Int32Array.from(regular ? offsets : []),
    layout: layoutOf(samples),
    values,
    hosts: 0,
  };
}

export const layoutOf = (samples: readonly Pick<Sample, 'metric' | 'labels'>[]): TickLayout => ({
  series: samples.map(({ metric, labels }) => ({ metric, labels, key: seriesKey(metric, labels) })),
});

export function readSample(cursor: pb.ProtoCursor & { values?: number; valueAt?: number }): Sample {
  let metric = '';
  let value = 0;
  let labels: Record<string, string> = {};
  while (cursor.at < cursor.end) {
    const tag = pb.readVarint(cursor);
    if (tag === 10) metric = pb.readString(cursor);
    else if (tag === 18) labels = readMapEntry(cursor, labels);
    else if (tag === 25) {
      cursor.valueAt = cursor.at;
      cursor.values = (cursor.values ?? 0) + 1;
      value = pb.readDouble(cursor);
    } else pb.skipField(cursor, tag & 7);
  }
  return { metric, labels, value };
}

const OWN_PROPERTY = { enumerable: true, configurable: true, writable: true };

/** An entry of a map field of two strings, into `into`. */
export function readMapEntry(cursor: pb.ProtoCursor, into: Record<string, string>): Record<string, string> {
  pb.nested(cursor, (entry) => {
    let key = '';
    let value = '';
    while (entry.at < entry.end) {
      const tag = pb.readVarint(entry);
      if (tag === 10) key = pb.readString(entry);
      else if (tag === 18) value = pb.readString(entry);
      else pb.skipField(entry, tag & 7);
    }
    // Assigned, it would set the prototype: the name would be gone before it can be refused.
    if (key === '__proto__') Object.defineProperty(into, key, { value, ...OWN_PROPERTY });
    else into[key] = value;
  });
  return into;
}
