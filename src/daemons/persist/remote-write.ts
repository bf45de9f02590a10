// Remote write: what was stored is sent on to a server that takes Prometheus' protocol, in order, from a bounded queue.
import { BUS_SCHEMA, type BusRecord } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import { labelsOf } from '../../domain/promql/series-names.ts';
import { createAddressGuard } from '../../receivers/address-guard.ts';
import { answered } from '../../receivers/http-answer.ts';
import { createHttpTransport, type HttpTransport } from '../../receivers/http-transport.ts';
import { createRedactor, secretsOfUrl, shownUrl } from '../../receivers/secret-addresses.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createBackoff, retryAfterMs } from '../../runtime/retry.ts';
import { createDerivedTicks } from '../../wire/derived-ticks.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import {
  createWriteRequest,
  WRITE_REQUEST_HEADERS,
  type WriteRequest,
} from '../../wire/remote-write-request.ts';
import { snappyOf } from '../../wire/snappy.ts';
import { createTickReader, encodeBatch, encodeTick, tickOf } from '../../wire/tick-codec.ts';
import type { Locations } from '../locations.ts';
import type { PersistOptions } from './options.ts';

export type RemoteWrite = {
  start(): void;
  /** Records that are stored. What was stored before this process was queued by another: rates of the others need it. */
  take(records: readonly BusRecord[], wasStored?: (record: BusRecord) => boolean): void;
  /** That it is behind, and why. */
  note(): string | undefined;
  /** Sends what waits, for five seconds at most; the rest is dropped and counted. */
  stop(): Promise<void>;
};

const SAMPLES_A_REQUEST = 2_000;
/** For more: a few hosts would make a request each. */
const LINGER_MS = 1_000;
const LAST_TRIES_MS = 5_000;
const MAX_RETRY_AFTER_MS = 60_000;
const BACKOFF = { firstMs: 500, maxMs: 30_000 };
const LOG_EVERY_MS = 600_000;
/** It read the samples and takes none of them (409: Thanos, of what it has). All else may pass, a wrong token too. */
const REFUSES: ReadonlySet<number> = new Set([400, 409, 413, 422]);
const STOPPED = 'what waited when persist stopped';

/** Host id -> location. */
type Places = ReadonlyMap<string, string>;
const NOWHERE: Places = new Map();

type Waiting = { readonly bytes: Uint8Array; readonly samples: number };

export function createRemoteWrite(
  options: PersistOptions['remoteWrite'] & { readonly url: string },
  parts: {
    readonly clock: Clock;
    readonly logger: Logger;
    readonly metrics: Metrics;
    /** Today's; without it series have no location. */
    readonly locations?: Pick<Locations, 'all'> | undefined;
    readonly http?: HttpTransport;
  },
): RemoteWrite {
  const { url, token, tenant, queue: maxBytes, tls } = options;
  const { clock, logger, metrics } = parts;
  const http = parts.http ?? createHttpTransport({ clock, guard: createAddressGuard({ isFixed: true }) });
  const headers = {
    ...WRITE_REQUEST_HEADERS,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
  };
  const redact = createRedactor([...secretsOfUrl(url), ...(token === undefined ? [] : [token])]);
  const mayLog = createThrottle(LOG_EVERY_MS, clock.monotonicMs);
  const backoff = createBackoff(BACKOFF);
  const counts = createCounts(metrics);
  const reader = createTickReader();
  const derived = createDerivedTicks({ comeAgain: false });
  const abort = new AbortController();
  const queue: Waiting[] = [];
  let queuedBytes = 0;
  let lastError: string | undefined;
  const stopping = new AbortController();
  let wake = () => {};
  let running: Promise<void> = Promise.resolve();

  function drop(samples: number, reason: 'queue_full' | 'refused' | 'stopped', why: string): void {
    counts.dropped.add(samples, { reason });
    counts.queued -= samples;
    if (mayLog(reason)) logger.warn({ samples }, `remote write to ${shownUrl(url)}: dropped ${why}`);
  }

  function shift(): Waiting | undefined {
    const next = queue.shift();
    queuedBytes -= next?.bytes.length ?? 0;
    return next;
  }

  function take(records: readonly BusRecord[], wasStored = (_: BusRecord) => false): void {
    for (const record of records) {
      const stored = record.schema === BUS_SCHEMA ? storedOf(record) : undefined;
      if (!stored || stored.samples === 0 || wasStored(record)) continue;
      counts.received.add(stored.samples);
      counts.queued += stored.samples;
      queue.push(stored);
      queuedBytes += stored.bytes.length;
    }
    while (queuedBytes > maxBytes) {
      const oldest = shift()!;
      drop(oldest.samples, 'queue_full', `the oldest samples: ${lastError ?? 'it is slower than they come'}`);
    }
    wake();
  }

  /** As the store has it: rates in place of counters, and of a replica's copies nothing. Bytes of its own. */
  function storedOf({ bytes, partition, offset, receivedMs }: BusRecord): Waiting | undefined {
    const ticks: Uint8Array[] = [];
    let samples = 0;
    try {
      derived.begin({ partition, next: offset + 1, receivedMs });
      reader.readBatch(bytes, (view) =>
        derived.take(view, (tick) => {
          samples += tick.values.length;
          ticks.push(tick === view ? bytes.subarray(view.start, view.end) : encodeTick(tickOf(tick)));
        }),
      );
    } catch (error) {
      // It is among the dead letters.
      if (error instanceof DecodeError) return undefined;
      throw error;
    }
    return { bytes: encodeBatch(ticks), samples };
  }

  /** Of the oldest records, up to a request's worth of them. */
  function nextRequests(places: Places): WriteRequest[] {
    const requests: WriteRequest[] = [];
    let request: WriteRequest | undefined;
    for (let taken = 0; taken < SAMPLES_A_REQUEST && queue.length > 0; ) {
      const { bytes, samples } = shift()!;
      taken += samples;
      reader.readBatch(bytes, ({ hostId, timeMs, layout, values }) => {
        layout.series.forEach(({ metric, labels }, i) => {
          if (!request || request.samples() >= SAMPLES_A_REQUEST) {
            request = createWriteRequest();
            requests.push(request);
          }
          request.add(labelsOf({ hostId, metric, labels }, places.get(hostId)), values[i]!, timeMs);
        });
      });
    }
    return requests;
  }

  async function deliver(request: WriteRequest): Promise<void> {
    const samples = request.samples();
    const body = await snappyOf(request.finish());
    while (!abort.signal.aborted) {
      const result = await http({ url, body, headers, tls }, abort.signal);
      const status = result.kind === 'answer' ? result.status : undefined;
      if (status !== undefined && status >= 200 && status < 300) {
        lastError = undefined;
        backoff.reset();
        counts.sent.add(samples);
        counts.queued -= samples;
        return;
      }
      lastError = redact(result.kind === 'answer' ? answered(result) : result.reason);
      if (status !== undefined && REFUSES.has(status))
        return drop(samples, 'refused', `samples that it refuses: ${lastError}`);
      if (stopping.signal.aborted) break;
      if (mayLog('retry')) logger.warn(`remote write to ${shownUrl(url)} fails, samples wait: ${lastError}`);
      const at = { nowMs: clock.nowMs(), maxMs: MAX_RETRY_AFTER_MS };
      const afterMs = result.kind === 'answer' ? retryAfterMs(result.headers['retry-after'], at) : undefined;
      await clock.sleep(Math.max(backoff.next(), afterMs ?? 0), stopping.signal).catch(() => {});
    }
    drop(samples, 'stopped', lastError ? `${STOPPED}: ${lastError}` : STOPPED);
  }

  /** Without making requests of it, which takes seconds where the queue is full. */
  function dropRest(): void {
    const rest = queue.splice(0).reduce((sum, { samples }) => sum + samples, 0);
    if (rest > 0) drop(rest, 'stopped', STOPPED);
  }

  /** Undefined while nobody knows: without their locations they would be other series there. */
  async function placesOf(locations: Pick<Locations, 'all'>): Promise<Places | undefined> {
    try {
      return (await locations.all()).places;
    } catch (error) {
      lastError = messageOf(error);
      if (stopping.signal.aborted) abort.abort();
      else await clock.sleep(backoff.next(), stopping.signal).catch(() => {});
      return undefined;
    }
  }

  async function run(): Promise<void> {
    const { signal } = stopping;
    for (;;) {
      const places = parts.locations && queue.length > 0 ? await placesOf(parts.locations) : NOWHERE;
      for (const request of places ? nextRequests(places) : []) await deliver(request);
      if (abort.signal.aborted) dropRest();
      if (queue.length > 0) continue;
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      await clock.sleep(LINGER_MS, signal).catch(() => {});
    }
  }

  return {
    start() {
      running = run();
    },
    take,
    note: () =>
      lastError === undefined
        ? undefined
        : `remote write to ${shownUrl(url)}: ${counts.queued} samples wait: ${lastError}`,
    async stop() {
      stopping.abort();
      wake();
      const through = new AbortController();
      clock.sleep(LAST_TRIES_MS, through.signal).then(
        () => abort.abort(),
        () => {},
      );
      await running;
      through.abort();
    },
  };
}

/** Of samples received = sent + dropped + queued. */
function createCounts(metrics: Metrics) {
  const counts = {
    received: metrics.counter('remote_write_samples_received_total', 'Stored samples to be sent on'),
    sent: metrics.counter('remote_write_samples_sent_total', 'Samples that the other end has'),
    dropped: metrics.counter(
      'remote_write_samples_dropped_total',
      'Samples that were not sent on: queue_full, refused (a request of them was), stopped',
      ['reason'],
    ),
    queued: 0,
  };
  metrics.gauge('remote_write_samples_queued', 'Samples that wait to be sent on', () => counts.queued);
  return counts;
}
