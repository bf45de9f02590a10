// Batches samples into remote-write requests, and retries each until it is accepted or rejected.
import { messageOf } from '../../domain/errors.ts';
import { labelsOf } from '../../domain/promql/series-names.ts';
import type { SeriesLabels } from '../../domain/promql/values.ts';
import { createAddressGuard } from '../../receivers/address-guard.ts';
import { answered } from '../../receivers/http-answer.ts';
import { createHttpTransport, type HttpTransport } from '../../receivers/http-transport.ts';
import { createRedactor, secretsOfUrl, shownUrl } from '../../receivers/secret-addresses.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { createBackoff, retry, retryAfterMs } from '../../runtime/retry.ts';
import { createWriteRequest, WRITE_REQUEST_HEADERS } from '../../wire/remote-write-request.ts';
import { snappyOf } from '../../wire/snappy.ts';
import { createTickReader } from '../../wire/tick-reader.ts';
import type { Locations } from '../locations.ts';
import type { PersistOptions } from './options.ts';

const SAMPLES_A_REQUEST = 2_000;
const MAX_RETRY_AFTER_MS = 60_000;
const BACKOFF = { firstMs: 500, maxMs: 30_000 };
const LOG_EVERY_MS = 600_000;
/** All other 4xx mean the samples (409: Thanos, of what it has). A wrong token or path may be mended; the bus has room. */
const PASSING_4XX: ReadonlySet<number> = new Set([401, 403, 404, 407, 408, 425, 429]);
const isRefusal = (status: number): boolean => status >= 400 && status < 500 && !PASSING_4XX.has(status);

/** How often a refused request is cut: to 63 samples of 2,000, with 63 requests at most. */
const HALVINGS = 5;
/**
 * Where nothing of the request before was taken, what another persist had sent before or a server that refuses all: until
 * some of this one is.
 */
const FEW_HALVINGS = 2;

type Sample = { readonly labels: SeriesLabels; readonly value: number; readonly timeMs: number };

/** Host id -> location. */
type Places = ReadonlyMap<string, string>;
const NOWHERE: Places = new Map();

/** A record's ticks as they are sent. */
export type Waiting<Record> = {
  readonly bytes: Uint8Array;
  readonly samples: number;
  readonly record: Record;
};

/** Samples that are done with. */
type Part = { readonly samples: number; readonly isTaken: boolean };
/** `record`: all up to it is done with. */
export type Done<Record> = Part & { readonly record?: Record };

export type RemoteDelivery = {
  readonly samplesARequest: number;
  /** Yields after each request. Throws when the signal aborts. */
  deliver<Record>(
    waiting: readonly Waiting<Record>[],
    signal: AbortSignal,
  ): AsyncGenerator<Done<Record>, void, undefined>;
  /** Undefined since the last request that was taken. */
  lastError(): string | undefined;
};

export type RemoteDeliveryParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly locations?: Pick<Locations, 'all'> | undefined;
  readonly http?: HttpTransport;
  /** The other end read the samples and takes none of them. */
  onDropped(samples: number, why: string): void;
};

export function createRemoteDelivery(
  options: PersistOptions['remoteWrite'] & { readonly url: string },
  parts: RemoteDeliveryParts,
): RemoteDelivery {
  const { url, token, tenant, tls } = options;
  const { clock, logger, locations, onDropped } = parts;
  const http = parts.http ?? createHttpTransport({ clock, guard: createAddressGuard({ isFixed: true }) });
  const headers = {
    ...WRITE_REQUEST_HEADERS,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
    ...(tenant !== undefined && { 'x-scope-orgid': tenant }),
  };
  const redact = createRedactor([...secretsOfUrl(url), ...(token === undefined ? [] : [token])]);
  const mayLog = createThrottle(clock.monotonicMs, LOG_EVERY_MS);
  const reader = createTickReader();
  let lastError: string | undefined;

  /** Without their locations they would be other series there. */
  async function placesOf(signal: AbortSignal): Promise<Places> {
    if (!locations) return NOWHERE;
    const { places } = await retry(() => locations.all(), {
      ...{ backoff: createBackoff(BACKOFF), clock, signal },
      onRetry(error) {
        lastError = messageOf(error);
      },
    });
    return places;
  }

  /** Of the first records, which are taken out: as many as make a request, or one that makes more. */
  function nextSamples(queue: Waiting<unknown>[], places: Places): Sample[] {
    const found: Sample[] = [];
    do {
      reader.readBatch(queue.shift()!.bytes, ({ hostId, timeMs, layout, values }) => {
        layout.series.forEach(({ metric, labels }, i) => {
          const shown = labelsOf({ hostId, metric, labels }, places.get(hostId));
          found.push({ labels: shown, value: values[i]!, timeMs });
        });
      });
    } while (queue.length > 0 && found.length + queue[0]!.samples <= SAMPLES_A_REQUEST);
    return found;
  }

  /** Why it is refused, or undefined. */
  async function send(samples: readonly Sample[], signal: AbortSignal): Promise<string | undefined> {
    const request = createWriteRequest();
    for (const { labels, value, timeMs } of samples) request.add(labels, value, timeMs);
    const body = await snappyOf(request.finish());
    const backoff = createBackoff(BACKOFF);
    for (;;) {
      signal.throwIfAborted();
      const result = await http({ url, body, headers, tls }, signal);
      const status = result.kind === 'answer' ? result.status : 0;
      if (status >= 200 && status < 300) {
        lastError = undefined;
        return undefined;
      }
      const why = redact(result.kind === 'answer' ? answered(result) : result.reason);
      if (isRefusal(status)) return why;
      signal.throwIfAborted();
      lastError = why;
      if (mayLog('retry')) logger.warn(`remote write to ${shownUrl(url)} fails, samples wait: ${why}`);
      const at = { nowMs: clock.nowMs(), maxMs: MAX_RETRY_AFTER_MS };
      const afterMs = result.kind === 'answer' ? retryAfterMs(result.headers['retry-after'], at) : undefined;
      await clock.sleep(Math.max(backoff.next(), afterMs ?? 0), signal);
    }
  }

  const sendOnce = createHalving(send, onDropped);

  return {
    samplesARequest: SAMPLES_A_REQUEST,
    async *deliver(waiting, signal) {
      const queue = [...waiting];
      while (queue.length > 0) {
        const samples = nextSamples(queue, await placesOf(signal));
        for (let from = 0; from < samples.length; from += SAMPLES_A_REQUEST)
          yield* sendOnce(samples.slice(from, from + SAMPLES_A_REQUEST), signal);
        yield { samples: 0, isTaken: true, record: waiting[waiting.length - queue.length - 1]!.record };
      }
    },
    lastError: () => lastError,
  };
}

/** A request while its parts are sent: those that were refused and may be cut further are kept until any of it is taken. */
type Sending = {
  isTaken: boolean;
  readonly refused: {
    readonly samples: readonly Sample[];
    readonly why: string;
    readonly halvings: number;
  }[];
};

/** A request that is refused is sent in halves, since most servers take all of one or nothing. */
function createHalving(
  send: (samples: readonly Sample[], signal: AbortSignal) => Promise<string | undefined>,
  onDropped: RemoteDeliveryParts['onDropped'],
) {
  let isWorthIt = true;

  async function* sendInParts(
    samples: readonly Sample[],
    { sending, halvings }: { readonly sending: Sending; readonly halvings: number },
    signal: AbortSignal,
  ): AsyncGenerator<Part, void, undefined> {
    const why = await send(samples, signal);
    if (why === undefined) {
      sending.isTaken = true;
      yield { samples: samples.length, isTaken: true };
    } else if (halvings === 0 || samples.length === 1) {
      yield dropped(samples, why);
    } else if (isWorthIt || sending.isTaken || halvings > HALVINGS - FEW_HALVINGS) {
      yield* inHalves(samples, { sending, halvings }, signal);
    } else {
      sending.refused.push({ samples, why, halvings });
    }
  }

  async function* inHalves(
    samples: readonly Sample[],
    { sending, halvings }: { readonly sending: Sending; readonly halvings: number },
    signal: AbortSignal,
  ): AsyncGenerator<Part, void, undefined> {
    const middle = samples.length >> 1;
    const next = { sending, halvings: halvings - 1 };
    // In order: a later sample would make the one before it too old.
    yield* sendInParts(samples.slice(0, middle), next, signal);
    yield* sendInParts(samples.slice(middle), next, signal);
  }

  function dropped(samples: readonly Sample[], why: string): Part {
    onDropped(samples.length, why);
    return { samples: samples.length, isTaken: false };
  }

  return async function* sendOnce(samples: readonly Sample[], signal: AbortSignal) {
    const sending: Sending = { isTaken: false, refused: [] };
    yield* sendInParts(samples, { sending, halvings: HALVINGS }, signal);
    // Behind what was taken meanwhile: most of it is of other series, and all would be dropped else.
    for (const { samples: part, why, halvings } of sending.refused) {
      if (sending.isTaken) yield* inHalves(part, { sending, halvings }, signal);
      else yield dropped(part, why);
    }
    // One that takes nothing at all is not asked 63 times each.
    isWorthIt = sending.isTaken;
  };
}
