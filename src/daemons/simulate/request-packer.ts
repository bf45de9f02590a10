// Packs the ticks of simulated hosts into report requests within the limits of a request. A host's ticks differ only in
// time and values, so its bytes are encoded once and written over after that: 100,000 hosts a minute stay cheap.
import { LIMITS, type Tick } from '../../domain/tick.ts';
import * as pb from '../../wire/protobuf.ts';
import { encodeTick, REQUEST_BACKFILL_TAG, REQUEST_TICKS_TAG } from '../../wire/tick-writer.ts';
import { bootedAt, bootIdOf, bootNumber, isUp, type SimulatedHost } from './fleet.ts';
import { hostValues } from './host-values.ts';

export type PackedRequest = { readonly bytes: Uint8Array; readonly ticks: number; readonly samples: number };

export type RequestPacker = {
  /**
   * Adds the host's tick at a time. `down`: it has none then. `full`: not added; take() first. A host's times must rise,
   * for its facts go with its first tick, its first after a boot, and one an hour.
   */
  add(host: SimulatedHost, timeMs: number): 'added' | 'down' | 'full';
  /** What was added since the last take, or undefined if nothing was. The bytes are the caller's. */
  take(backfill: boolean): PackedRequest | undefined;
};

const HOUR = 3_600_000;
/** Before the ticks; not in a live request. */
const BACKFILL_FIELD = Uint8Array.of(REQUEST_BACKFILL_TAG, 1);
/** More than a simulated tick with its facts can take: free space is checked before a tick is made, so that none is made twice. */
const MAX_TICK_BYTES = 8_192;

type HostPattern = TickPattern & { readonly boot: number };

export function createRequestPacker(options: {
  readonly intervalMs: number;
  readonly agentVersion: string;
}): RequestPacker {
  const { intervalMs, agentVersion } = options;
  const request = createRequestBuffer();
  const patterns = new Map<SimulatedHost, HostPattern>();
  const values = new Float64Array(LIMITS.seriesPerTick);

  function add(host: SimulatedHost, timeMs: number): 'added' | 'down' | 'full' {
    if (!isUp(host.life, timeMs)) return 'down';
    if (!request.hasRoom(host.series.length)) return 'full';
    const boot = bootNumber(host.life, timeMs);
    let pattern = patterns.get(host);
    const isFirst = pattern === undefined;
    if (!pattern || pattern.boot !== boot) {
      pattern = { ...tickPattern(encodeTick(tickAt(host, { timeMs, boot }))), boot };
      patterns.set(host, pattern);
    }
    const justBooted = timeMs - intervalMs < bootedAt(host.life, boot);
    if (isFirst || justBooted || isFactsTime(host, timeMs)) {
      const slow = tickAt(host, { timeMs, boot, withFacts: true, justBooted });
      request.append(encodeTick(slow), slow.samples.length);
      return 'added';
    }
    hostValues(host, { timeMs, intervalMs }, values);
    if (!request.fill(pattern, { timeMs, values }, host.series.length))
      request.append(encodeTick(tickAt(host, { timeMs, boot })), host.series.length);
    return 'added';
  }

  // An agent sends its facts once an hour; hosts differ in the minute, or the hour's first tick would be twice the size.
  function isFactsTime(host: SimulatedHost, timeMs: number): boolean {
    const shifted = timeMs + (host.key & 0xffff) * 50;
    return Math.floor(shifted / HOUR) !== Math.floor((shifted - intervalMs) / HOUR);
  }

  function tickAt(
    host: SimulatedHost,
    at: { timeMs: number; boot: number; withFacts?: boolean; justBooted?: boolean },
  ): Tick {
    hostValues(host, { timeMs: at.timeMs, intervalMs }, values);
    const all = host.series.map(({ metric, labels, fromCounter }, i) => ({
      metric,
      labels,
      value: values[i]!,
      fromCounter,
    }));
    return {
      hostId: host.hostId,
      timeMs: at.timeMs,
      intervalMs,
      machineId: host.machineId,
      bootId: bootIdOf(host, at.boot),
      agentVersion,
      samples: all.filter((sample) => !(at.justBooted && sample.fromCounter)),
      ...(at.withFacts ? { facts: host.facts } : {}),
    };
  }

  return { add, take: request.take };
}

/** The bytes of the next request, written in place. */
function createRequestBuffer() {
  const scratch = Buffer.allocUnsafe(LIMITS.requestBytes);
  scratch.set(BACKFILL_FIELD);
  let end = BACKFILL_FIELD.length;
  let ticks = 0;
  let samples = 0;

  function count(newEnd: number, sampleCount: number): void {
    end = newEnd;
    ticks += 1;
    samples += sampleCount;
  }

  /** Tag and length of the next tick; returns how many bytes they take. */
  function writeHead(length: number): number {
    let at = end;
    scratch[at++] = REQUEST_TICKS_TAG;
    for (let rest = length; ; rest = Math.floor(rest / 128)) {
      if (rest < 128) {
        scratch[at++] = rest;
        return at - end;
      }
      scratch[at++] = (rest % 128) | 0x80;
    }
  }

  return {
    hasRoom: (more: number) =>
      samples + more <= LIMITS.samplesPerRequest && end + MAX_TICK_BYTES <= scratch.length,
    append(bytes: Uint8Array, sampleCount: number): void {
      scratch.set(bytes, end + writeHead(bytes.length));
      count(end + 1 + pb.varintSize(bytes.length) + bytes.length, sampleCount);
    },
    /** The pattern's tick at another time with other values; false if the time needs more bytes. */
    fill(
      pattern: TickPattern,
      tick: { readonly timeMs: number; readonly values: Float64Array },
      sampleCount: number,
    ): boolean {
      const { length } = pattern.bytes;
      const start = end + 1 + pb.varintSize(length);
      if (!fillPattern(pattern, tick, { buffer: scratch, start })) return false;
      writeHead(length);
      count(start + length, sampleCount);
      return true;
    },
    take(backfill: boolean): PackedRequest | undefined {
      if (ticks === 0) return undefined;
      const start = backfill ? 0 : BACKFILL_FIELD.length;
      // A copy of exactly the size: the bus may hold parts of it for long.
      const bytes = Buffer.allocUnsafe(end - start);
      scratch.copy(bytes, 0, start, end);
      const request = { bytes, ticks, samples };
      end = BACKFILL_FIELD.length;
      ticks = samples = 0;
      return request;
    },
  };
}

export type TickPattern = {
  readonly bytes: Uint8Array;
  readonly timeAt: number;
  readonly timeBytes: number;
  /** The offset of each sample's double, in the order of the samples. */
  readonly valuesAt: Int32Array;
};

const TIME_TAG = 2 * 8 + pb.VARINT;
const SAMPLE_TAG = 7 * 8 + pb.BYTES;
const VALUE_TAG = 3 * 8 + pb.FIXED64;

/** `bytes` is a tick from encodeTick(). */
export function tickPattern(bytes: Uint8Array): TickPattern {
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
  // A copy of its size, for the codec's buffer is larger than its content and there is a pattern for each of many hosts.
  return { bytes: Uint8Array.from(bytes), timeAt, timeBytes, valuesAt: Int32Array.from(valuesAt) };
}

/** Writes the tick with another time and other values to `target` at `start`; false if the time needs more bytes. */
export function fillPattern(
  pattern: TickPattern,
  tick: { readonly timeMs: number; readonly values: Float64Array },
  target: { readonly buffer: Buffer; readonly start: number },
): boolean {
  const { bytes, timeAt, timeBytes, valuesAt } = pattern;
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
