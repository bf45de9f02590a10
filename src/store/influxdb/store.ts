// The store on InfluxDB 2: any number of persists write it, any number of analyzes read it.
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { encodeInTurns } from '../encode-in-turns.ts';
import {
  DEFAULT_RETENTION_MS,
  type RejectedSample,
  type Store,
  type StoreBatch,
  type WriteResult,
} from '../store.ts';
import { splitWrites } from '../writes.ts';
import { type InfluxConnection, openConnection } from './connection.ts';
import type { InfluxFailure } from './failure.ts';
import { createQueries, EVER, possible } from './flux.ts';
import { createHostsReader } from './hosts.ts';
import { createInfluxIntake, type InfluxIntake } from './intake.ts';
import { metricOf } from './layout.ts';
import { createMarks } from './marks.ts';
import { createRanges, type QueryParts } from './ranges.ts';
import { cellsOf, rowReader } from './rows.ts';
import type { InfluxTls } from './transport.ts';
import { createInfluxWriting, type InfluxWriting } from './writing.ts';

export type InfluxStoreParts = {
  readonly url: string;
  readonly org: string;
  /** Created with the retention when it is missing; an existing one keeps its own. */
  readonly bucket: string;
  readonly token: string;
  readonly tls?: InfluxTls | undefined;
  /** Default 35 d. Samples older than this, or than the bucket keeps, are rejected. */
  readonly retentionMs?: number;
  /** How long the server may be silent. Default 30 s. */
  readonly timeoutMs?: number;
  /** How long a write is retried before it rejects. Default 15 s. */
  readonly retryForMs?: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

const TIMEOUT_MS = 30_000;
const RETRY_FOR_MS = 15_000;
/** How long stopping waits for writes and queries. */
const STOP_WITHIN_MS = 10_000;

/**
 * Opens without its server too: the store is unhealthy until it answers. BAD_CONFIG for a token or an organization that
 * the server does not know, and for a bucket that is missing and may not be created.
 */
export async function createInfluxStore(options: InfluxStoreParts): Promise<Store> {
  const { url, org, bucket, clock, logger, retentionMs = DEFAULT_RETENTION_MS } = options;
  const connection = await openConnection({
    ...{ url, org, bucket, token: options.token, tls: options.tls, retentionMs, clock, logger },
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  });
  const stopping = new AbortController();
  const queryParts = { connection, queries: createQueries(connection.flux, bucket) };
  const { range, latest } = createRanges(queryParts);
  const storedForMs = () => Math.min(retentionMs, connection.bucketRetentionMs() ?? retentionMs);
  const hosts = createHostsReader(queryParts);
  const marks = createMarks();
  const intake = createInfluxIntake({
    retentionMs: storedForMs,
    onTick: hosts.addTick,
    marks,
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
  let stopped: Promise<void> | undefined;
  let areMarksKnown = false;

  await prepare(connection, logger);

  /** Nothing waits for it: what another process wrote matters only where report's clock was set back in between. */
  async function readMarks(): Promise<void> {
    areMarksKnown = true;
    await hosts.watermarks().then(marks.known, () => (areMarksKnown = false));
  }

  async function write(batches: readonly StoreBatch[]): Promise<WriteResult> {
    if (!areMarksKnown) void tracked(readMarks());
    const done = await storeBatches(batches, { intake, writing }).catch((error) => {
      intake.reset();
      throw stopping.signal.aborted ? isStopped() : error;
    });
    totals.samples += done.samples;
    totals.rejected_samples += done.rejected.length;
    // The records before it are stored, and come again when its writer has removed it.
    if (done.undecodable) throw done.undecodable;
    for (const [partition, end] of done.ends) {
      written.set(partition, Math.max(end, written.get(partition) ?? 0));
    }
    intake.settle(written);
    return { samples: done.samples, rejected: done.rejected };
  }

  /** Stopping waits for what runs. */
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
    durable: () =>
      new Map([...written].map(([partition, end]) => [partition, intake.warmFrom(partition, end)])),
    range: (query) => open(() => range(query)),
    latest: (query) => open(() => latest(query)),
    encoded: (query) => open(() => encodeInTurns(query, { range, latest })),
    hosts: (query) => open(() => hosts.list({ ...query, nowMs: clock.nowMs() })),
    metrics: ({ sinceMs }) => open(() => readMetrics(queryParts, { startMs: sinceMs, stopMs: EVER.stopMs })),
    watermarks: () =>
      open(async () =>
        (await hosts.watermarks()).map(({ partition, receivedMs }) => ({ partition, receivedMs })),
      ),
    unhealthy: () => (stopped ? 'the store is stopped' : connection.unhealthy()),
    notes: connection.notes,
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

/** A server that does not answer yet is waited for; one that refuses is a mistake in the configuration. */
async function prepare(connection: InfluxConnection, logger: Logger): Promise<void> {
  await connection.prepare().catch((thrown: InfluxFailure) => {
    const error = connection.failed('bucket', thrown);
    if (thrown.kind === 'unavailable')
      return logger.warn('starting without InfluxDB; retrying until it answers');
    connection.stop();
    throw new ExpectedError('BAD_CONFIG', error.message, { hint: error.hint });
  });
}

/** Stores part after part, up to a record that cannot be decoded. */
async function storeBatches(
  batches: readonly StoreBatch[],
  { intake, writing }: { readonly intake: InfluxIntake; readonly writing: InfluxWriting },
) {
  const ends = new Map<number, number>();
  const rejected: RejectedSample[] = [];
  let samples = 0;
  let undecodable: ExpectedError | undefined;
  let sending: Promise<readonly RejectedSample[]> = Promise.resolve([]);
  const sent = async () => {
    const byServer = await sending;
    samples -= byServer.length;
    rejected.push(...byServer);
  };
  for (const part of splitWrites(batches)) {
    // Its lines are made while the server stores those of the part before.
    const taken = intake.take(part);
    await sent();
    sending = writing.write(taken.lines);
    // Awaited in the next round.
    sending.catch(() => {});
    samples += taken.samples;
    rejected.push(...taken.rejected);
    for (const [partition, end] of taken.ends) ends.set(partition, end);
    undecodable = taken.undecodable;
    if (undecodable) break;
  }
  await sent();
  return { samples, rejected, ends, undecodable };
}

async function readMetrics(
  { connection, queries }: QueryParts,
  range: { readonly startMs: number; readonly stopMs: number },
): Promise<readonly string[]> {
  const span = possible(range);
  if (!span) return [];
  const names = new Set<string>();
  const reader = rowReader((row, block) => {
    const cell = cellsOf(row, block);
    names.add(metricOf({ measurement: cell('_measurement'), field: cell('_field') }));
  });
  await connection.query({ flux: queries.metrics(span), onLine: reader });
  return [...names].sort();
}

const isStopped = () => new ExpectedError('UNAVAILABLE', 'the store is stopped');
