// The store on InfluxDB 2: any number of persists write it, any number of analyzes read it.
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { AHEAD_MS } from '../rejection.ts';
import type { RejectedSample, Store, StoreBatch, WriteResult } from '../store.ts';
import { openConnection } from './connection.ts';
import type { InfluxFailure } from './failure.ts';
import { createQuestions, possible } from './flux.ts';
import { createHostsReader } from './hosts.ts';
import { createInfluxIntake } from './intake.ts';
import { metricOf } from './layout.ts';
import { createRanges, type Reading } from './ranges.ts';
import { cellsOf, rowReader } from './rows.ts';
import type { InfluxTls } from './transport.ts';
import { createInfluxWriting } from './writing.ts';

export type InfluxStoreParts = {
  readonly url: string;
  readonly org: string;
  /** Made with the retention when it is missing; one that exists keeps its own. */
  readonly bucket: string;
  readonly token: string;
  readonly tls?: InfluxTls | undefined;
  /** Default 35 d. Samples older than this, or than the bucket keeps, are refused. */
  readonly retentionMs?: number;
  /** How long the server may be silent. Default 30 s. */
  readonly timeoutMs?: number;
  /** How long a write is tried again before it rejects. Default 15 s. */
  readonly retryForMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

const RETENTION_MS = 35 * 86_400_000;
const TIMEOUT_MS = 30_000;
const RETRY_FOR_MS = 15_000;
const PORTION_BYTES = 512 * 1024;
/** Writes under way have this long to end when the store stops. */
const STOP_WITHIN_MS = 10_000;

/**
 * A server that is away does not stop the start: the store has a fault until it answers. BAD_CONFIG for a token or an
 * organization that the server does not know, and for a bucket that is missing and may not be made.
 */
export async function createInfluxStore(options: InfluxStoreParts): Promise<Store> {
  const { url, org, bucket, clock, logger, retentionMs = RETENTION_MS } = options;
  const connection = await openConnection({
    ...{ url, org, bucket, token: options.token, tls: options.tls, retentionMs, clock, logger },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
  const stopping = new AbortController();
  const ask = createQuestions(connection.flux, bucket);
  const reading = { connection, ask };
  const { range, latest } = createRanges(reading);
  const keptMs = () => Math.min(retentionMs, connection.bucketRetentionMs() ?? retentionMs);
  const hosts = createHostsReader(reading);
  const intake = createInfluxIntake({
    nowMs: () => clock.nowMs(),
    retentionMs: keptMs,
    onTick: hosts.addTick,
  });
  const writing = createInfluxWriting({
    connection,
    retryForMs: options.retryForMs ?? RETRY_FOR_MS,
    clock,
    logger,
    signal: stopping.signal,
  });
  const written = new Map<number, number>();
  const running = new Set<Promise<unknown>>();
  const totals = { samples: 0, rejected_samples: 0 };
  /** Samples stand before it. */
  const endMs = () => clock.nowMs() + AHEAD_MS + 60_000;
  let stopped: Promise<void> | undefined;

  await connection.prepare().catch((thrown: InfluxFailure) => {
    const error = connection.blame('bucket', thrown);
    if (thrown.kind === 'away') return logger.warn('starting without InfluxDB; going on when it answers');
    connection.stop();
    throw new ExpectedError('BAD_CONFIG', error.message, { hint: error.hint });
  });

  async function write(batches: readonly StoreBatch[]): Promise<WriteResult> {
    const ends = new Map<number, number>();
    const rejected: RejectedSample[] = [];
    let samples = 0;
    let sending: Promise<readonly RejectedSample[]> = Promise.resolve([]);
    const settle = async () => {
      const refused = await sending;
      samples -= refused.length;
      rejected.push(...refused);
    };
    let undecodable: ExpectedError | undefined;
    try {
      for (const portion of portionsOf(batches)) {
        // The lines of the next portion are made while the server takes those of the last.
        const taken = intake.take(portion);
        await settle();
        sending = writing.write(taken.lines);
        sending.catch(() => {});
        samples += taken.samples;
        rejected.push(...taken.rejected);
        for (const [partition, end] of taken.ends) ends.set(partition, end);
        undecodable = taken.undecodable;
        if (undecodable) break;
      }
      await settle();
    } catch (error) {
      intake.reset();
      throw stopping.signal.aborted ? isStopped() : error;
    }
    totals.samples += samples;
    totals.rejected_samples += rejected.length;
    // What stood before it is stored, and comes again when its writer sets it aside.
    if (undecodable) throw undecodable;
    for (const [partition, end] of ends) written.set(partition, Math.max(end, written.get(partition) ?? 0));
    return { samples, rejected };
  }

  /** Writes run side by side; stopping waits for them. */
  function tracked<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const done = () => running.delete(work);
    work.then(done, done);
    return work;
  }

  const open = <T>(work: () => Promise<T>): Promise<T> =>
    stopped ? Promise.reject(isStopped()) : tracked(work());

  return {
    write: (batches) => open(() => write(batches)),
    // The server answers after the fsync of its log: what is written is durable.
    durable: () => written,
    range: (query) => open(() => range(query)),
    latest: (query) => open(() => latest(query, endMs())),
    hosts: (query) =>
      open(() => {
        const nowMs = clock.nowMs();
        return hosts.list({ ...query, nowMs, stopMs: endMs(), keptFromMs: nowMs - keptMs() });
      }),
    metrics: ({ sinceMs }) => open(() => readMetrics(reading, { startMs: sinceMs, stopMs: endMs() })),
    watermarks: () => open(() => hosts.watermarks({ startMs: clock.nowMs() - keptMs(), stopMs: endMs() })),
    unhealthy: () => (stopped ? 'the store is stopped' : connection.unhealthy()),
    stats: () => ({ ...totals, ...writing.stats(), ...connection.stats() }),
    stop() {
      stopped ??= (async () => {
        const idle = Promise.allSettled(running);
        await Promise.race([idle, clock.sleep(STOP_WITHIN_MS, stopping.signal)]);
        stopping.abort(isStopped());
        connection.stop();
        await idle;
      })();
      return stopped;
    },
  };
}

/** In parts, so that making their lines never holds up the main loop for long. */
function portionsOf(batches: readonly StoreBatch[]): StoreBatch[][] {
  const portions: StoreBatch[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const batch of batches) {
    if (bytes + batch.bytes.length > PORTION_BYTES) {
      portions.push([]);
      bytes = 0;
    }
    bytes += batch.bytes.length;
    portions.at(-1)!.push(batch);
  }
  return portions;
}

async function readMetrics(
  { connection, ask }: Reading,
  range: { readonly startMs: number; readonly stopMs: number },
): Promise<readonly string[]> {
  const span = possible(range);
  if (!span) return [];
  const names = new Set<string>();
  const reader = rowReader((row, block) => {
    const cell = cellsOf(row, block);
    names.add(metricOf({ measurement: cell('_measurement'), field: cell('_field') }));
  });
  await connection.query({ flux: ask.metrics(span), onLine: reader });
  return [...names].sort();
}

const isStopped = () => new ExpectedError('UNAVAILABLE', 'the store is stopped');
