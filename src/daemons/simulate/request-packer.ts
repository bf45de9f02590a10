// Packs the ticks of simulated hosts into report requests that stay under the limits of a request.

import { LIMITS, type Tick } from '../../domain/tick.ts';
import { varintSize } from '../../wire/protobuf.ts';
import { encodeTick, REQUEST_BACKFILL_TAG, REQUEST_TICKS_TAG } from '../../wire/tick-codec.ts';
import { bootIdOf, type SimulatedHost } from './fleet.ts';
import { bootedAt, bootNumber, isUp } from './host-life.ts';
import { hostValues } from './host-values.ts';
import { fillTemplate, type TickTemplate, tickTemplate } from './tick-template.ts';

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
/** Before the ticks; left out of a live request. */
const BACKFILL_FIELD = Uint8Array.of(REQUEST_BACKFILL_TAG, 1);
/** More than a simulated tick with its facts can take: asked for before a tick is made, so that none is made twice. */
const TICK_ROOM = 8_192;

type HostTemplate = TickTemplate & { readonly boot: number };

export function createRequestPacker(options: {
  readonly intervalMs: number;
  readonly agentVersion: string;
}): RequestPacker {
  const { intervalMs, agentVersion } = options;
  const scratch = Buffer.allocUnsafe(LIMITS.requestBytes);
  scratch.set(BACKFILL_FIELD);
  const templates = new Map<SimulatedHost, HostTemplate>();
  const values = new Float64Array(LIMITS.seriesPerTick);
  let end = BACKFILL_FIELD.length;
  let ticks = 0;
  let samples = 0;

  function add(host: SimulatedHost, timeMs: number): 'added' | 'down' | 'full' {
    if (!isUp(host.life, timeMs)) return 'down';
    if (samples + host.series.length > LIMITS.samplesPerRequest) return 'full';
    if (end + TICK_ROOM > scratch.length) return 'full';
    const boot = bootNumber(host.life, timeMs);
    let template = templates.get(host);
    const isFirst = template === undefined;
    if (!template || template.boot !== boot) {
      template = { ...tickTemplate(encodeTick(tickAt(host, { timeMs, boot }))), boot };
      templates.set(host, template);
    }
    const justBooted = timeMs - intervalMs < bootedAt(host.life, boot);
    if (isFirst || justBooted || isFactsTime(host, timeMs)) {
      const slow = tickAt(host, { timeMs, boot, withFacts: true, justBooted });
      return appendBytes(encodeTick(slow), slow.samples.length);
    }
    const length = template.bytes.length;
    hostValues(host, { timeMs, intervalMs }, values);
    const start = end + 1 + varintSize(length);
    if (!fillTemplate(template, { timeMs, values }, { buffer: scratch, start })) {
      return appendBytes(encodeTick(tickAt(host, { timeMs, boot })), host.series.length);
    }
    writeHead(length);
    return counted(start + length, host.series.length);
  }

  function appendBytes(bytes: Uint8Array, sampleCount: number): 'added' {
    scratch.set(bytes, end + writeHead(bytes.length));
    return counted(end + 1 + varintSize(bytes.length) + bytes.length, sampleCount);
  }

  function counted(newEnd: number, sampleCount: number): 'added' {
    end = newEnd;
    ticks += 1;
    samples += sampleCount;
    return 'added';
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

  return {
    add,
    take(backfill) {
      if (ticks === 0) return undefined;
      const start = backfill ? 0 : BACKFILL_FIELD.length;
      // A copy of exactly the size: whoever takes the request may keep parts of it for long.
      const bytes = Buffer.allocUnsafe(end - start);
      scratch.copy(bytes, 0, start, end);
      const request = { bytes, ticks, samples };
      end = BACKFILL_FIELD.length;
      ticks = samples = 0;
      return request;
    },
  };
}
