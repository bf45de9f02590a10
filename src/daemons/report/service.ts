// The report service: validates requests, publishes accepted ticks, acknowledges when they are durable.
import type { Reporter, ReportService } from '../../api/report.ts';
import type { Bus } from '../../bus/bus.ts';
import { partitionOf } from '../../bus/partition.ts';
import { ExpectedError } from '../../domain/errors.ts';
import type { Refusal } from '../../domain/tick.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { type AdmissionLimits, createAdmission, type LimitName } from './admission.ts';
import { createBatcher } from './batching.ts';
import { createClockWitnesses, newestReceivedMs } from './clock-witnesses.ts';
import { startHeartbeats } from './heartbeats.ts';
import { createRequestReader, type ReadRequest } from './request-reading.ts';

export type ReportParts = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** Names this report in its heartbeats. */
  readonly id: string;
  readonly retentionMs: number;
  readonly limits: AdmissionLimits;
  /** Hosts that were heard of before this start. */
  readonly knownHosts?: () => Promise<Iterable<string>>;
};

/** Over it an agent does better to retry than to wait: its call would time out. */
const MAX_IN_FLIGHT = 2_000;
/** What the bus says of the time is worth a moment of the start, and no more. */
const NEWEST_WITHIN_MS = 1_000;
/** Requests wait for the bus in memory: their number alone would allow 2 GiB. */
const MAX_IN_FLIGHT_BYTES = 128 * 1024 * 1024;

export type RunningReport = ReportService & {
  /** Knows the hosts of before, and starts the heartbeats. */
  start(): Promise<void>;
  /** Which limits refused something in the last minutes, in words. */
  overLimit(): string | undefined;
  /** Whether most hosts contradict this machine's clock, in words. */
  wrongClock(): string | undefined;
  stop(): Promise<void>;
};

export function createReportService(parts: ReportParts): RunningReport {
  const { bus, clock, logger, metrics, id, retentionMs } = parts;
  const admission = createAdmission(parts.limits, clock);
  const witnesses = createClockWitnesses(clock);
  const read = createRequestReader({ retentionMs, admission, witnesses });
  const limitWatch = watchLimits({ ...parts, overLimit: admission.overLimit });
  const publish = createPublish(bus);
  const counts = createCounts(metrics);
  const mayLog = createThrottle(clock.monotonicMs);
  const inFlight = createInFlight();
  let heartbeats: { stop(): Promise<void> } | undefined;
  metrics.gauge('report_hosts', 'Hosts admitted (see report.max_hosts)', () => admission.counts().hosts);
  metrics.gauge('report_series', 'Series admitted (see report.max_series)', () => admission.counts().series);
  metrics.gauge('report_calls_in_flight', 'Report calls waiting for the bus', inFlight.calls);

  function rejectWhenOverloaded() {
    const unhealthy = bus.unhealthy();
    const why = unhealthy ?? inFlight.overload();
    if (why === undefined) return;
    counts.requests.add(1, { outcome: 'unavailable' });
    if (mayLog(unhealthy ? 'bus' : 'overload')) logger.warn(`rejecting reports: ${why}`);
    throw unavailable(why);
  }

  function refusedForeign(host: string, caller: string | undefined) {
    counts.foreign.add(1);
    if (mayLog(`foreign ${caller}`))
      logger.warn({ host, caller }, 'rejecting a tick: the caller may not report this host');
  }

  function readCounted(request: Uint8Array, nowMs: number, from: Reporter | undefined): ReadRequest {
    try {
      const result = read(request, nowMs, from?.mayReport);
      counts.received.add(result.received);
      counts.refused.add(result.refused);
      limitWatch.look();
      for (const hostId of result.foreign) refusedForeign(hostId, from?.name);
      return result;
    } catch (error) {
      const isOurs = error instanceof ExpectedError && error.kind === 'unavailable';
      counts.requests.add(1, { outcome: isOurs ? 'unavailable' : 'refused' });
      if (error instanceof ExpectedError && mayLog(error.code)) {
        logger.warn(`a request was rejected: ${error.message}`);
      }
      throw error;
    }
  }

  async function report(request: Uint8Array, from?: Reporter) {
    // Before the request is read: what is rejected must cost next to nothing, or overload feeds itself.
    rejectWhenOverloaded();
    const receivedMs = clock.nowMs();
    const result = readCounted(request, receivedMs, from);
    const acceptedSamples = result.received - result.refused;
    // Counted only from here: reading is synchronous, and holds its memory for one turn.
    inFlight.add(request.length);
    counts.queued += acceptedSamples;
    try {
      await publish(result, receivedMs);
      counts.published.add(acceptedSamples);
      counts.requests.add(1, { outcome: 'ok' });
    } catch (error) {
      // What was rejected of it is rejected again when the agent retries: counted on both sides.
      counts.failed.add(acceptedSamples);
      counts.requests.add(1, { outcome: 'failed' });
      if (mayLog('publish')) logger.warn({ err: error }, 'samples could not be published');
      throw error;
    } finally {
      inFlight.remove(request.length);
      counts.queued -= acceptedSamples;
    }
    return {
      acceptedSamples,
      refusedSamples: result.refused,
      refusals: result.refusals,
      receivedMs,
      sentMs: clock.nowMs(),
    };
  }

  return {
    report,
    async start() {
      const newestMs = await newestReceivedMs(bus, NEWEST_WITHIN_MS).catch(() => undefined);
      if (newestMs !== undefined) witnesses.newestOnBus(newestMs);
      if (parts.knownHosts) admission.addKnown(await parts.knownHosts());
      heartbeats ??= startHeartbeats({ bus, id, clock, logger, metrics });
    },
    stop: async () => heartbeats?.stop(),
    overLimit: limitWatch.words,
    wrongClock: witnesses.contradiction,
  };
}

/** Resolves when the bus has all of a request. */
function createPublish(bus: Bus) {
  const batcher = createBatcher(bus);

  async function publish(request: ReadRequest, receivedMs: number) {
    const byPartition = partsOf(request, bus.partitions);
    // Only what these partitions would reject: the hosts of the others go on.
    const why = bus.unhealthy(byPartition.keys());
    if (why) throw unavailable(why);
    const { backfill } = request;
    await Promise.all(
      [...byPartition].map(([partition, part]) => batcher.send(partition, { ...part, backfill, receivedMs })),
    );
  }

  return publish;
}

function partsOf({ ticks, published }: ReadRequest, partitions: number) {
  const byPartition = new Map<number, { ticks: Uint8Array[]; refusals: Refusal[] }>();
  const partOf = (hostId: string) => {
    const partition = partitionOf(hostId, partitions);
    let part = byPartition.get(partition);
    if (!part) byPartition.set(partition, (part = { ticks: [], refusals: [] }));
    return part;
  };
  for (const { hostId, bytes } of ticks) partOf(hostId).ticks.push(bytes);
  for (const refusal of published) partOf(refusal.hostId).refusals.push(refusal);
  return byPartition;
}

const LIMIT_SETTINGS: Readonly<Record<LimitName, string>> = {
  maxHosts: 'report.max_hosts',
  maxSeries: 'report.max_series',
  maxSeriesPerHost: 'report.max_series_per_host',
};
const SHOWN_FOR_MS = 10 * 60_000;

/** Counts what is over a limit under the limit's name, and says it. */
function watchLimits(parts: {
  readonly limits: AdmissionLimits;
  readonly overLimit: () => Readonly<Record<LimitName, number>>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}) {
  const { limits, overLimit, clock, logger, metrics } = parts;
  const names = Object.keys(LIMIT_SETTINGS) as LimitName[];
  const counter = metrics.counter('limit_refusals_total', 'Ticks (max_hosts) and samples refused, by limit', [
    'limit',
  ]);
  const counted = { maxHosts: 0, maxSeries: 0, maxSeriesPerHost: 0 };
  const lastMs: Partial<Record<LimitName, number>> = {};
  const mayLog = createThrottle(clock.monotonicMs);
  return {
    look(): void {
      const over = overLimit();
      for (const name of names) {
        const more = over[name] - counted[name];
        if (more === 0) continue;
        counted[name] = over[name];
        counter.add(more, { limit: LIMIT_SETTINGS[name].slice('report.'.length) });
        lastMs[name] = clock.monotonicMs();
        if (mayLog(name)) {
          logger.warn(
            `refusing what is over ${LIMIT_SETTINGS[name]} (${limits[name]}): ${over[name]} so far; list the hosts: minimon hosts list --all --state refused`,
          );
        }
      }
    },
    words(): string | undefined {
      const recent = names.filter(
        (name) => clock.monotonicMs() - (lastMs[name] ?? -SHOWN_FOR_MS) < SHOWN_FOR_MS,
      );
      if (recent.length === 0) return undefined;
      return `refusing what is over ${recent.map((name) => `${LIMIT_SETTINGS[name]} (${limits[name]})`).join(', ')}`;
    },
  };
}

/** The requests that wait for the bus. */
function createInFlight() {
  let calls = 0;
  let bytes = 0;
  return {
    calls: () => calls,
    /** Why there can be no more of them now. */
    overload(): string | undefined {
      if (calls >= MAX_IN_FLIGHT) return `overloaded: ${calls} calls in flight, the limit`;
      if (bytes < MAX_IN_FLIGHT_BYTES) return undefined;
      return `overloaded: ${MAX_IN_FLIGHT_BYTES / 2 ** 20} MiB of requests in flight, the limit`;
    },
    add(requestBytes: number) {
      calls++;
      bytes += requestBytes;
    },
    remove(requestBytes: number) {
      calls--;
      bytes -= requestBytes;
    },
  };
}

/** received = published + refused + failed + queued, in samples. */
function createCounts(metrics: Metrics) {
  const counts = {
    received: metrics.counter('samples_received_total', 'Samples in requests that could be read'),
    published: metrics.counter('samples_published_total', 'Samples that are durable on the bus'),
    refused: metrics.counter(
      'samples_refused_total',
      'Samples rejected, with the reason in the answer to the agent',
    ),
    failed: metrics.counter(
      'samples_failed_total',
      'Samples that could not be published; the agent retries them',
    ),
    requests: metrics.counter('report_requests_total', 'Requests by outcome', ['outcome']),
    foreign: metrics.counter(
      'foreign_hosts_refused_total',
      'Ticks rejected because the token or certificate is not for their host',
    ),
    queued: 0,
  };
  metrics.gauge('samples_queued', 'Samples waiting for the bus', () => counts.queued);
  return counts;
}

const unavailable = (why: string) =>
  new ExpectedError('UNAVAILABLE', why, { hint: 'Keep the samples and retry.' });
