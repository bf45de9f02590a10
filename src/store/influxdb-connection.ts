// One InfluxDB server: requests with a time limit, its bucket made or checked, and what is wrong with it now.
import type { flux as Flux, ParameterizedQuery, Transport } from '@influxdata/influxdb-client';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { createThrottle, type Logger } from '../runtime/logging.ts';
import { ensureBucket } from './influxdb-bucket.ts';
import { failureOf, type InfluxFailure, unavailable, type Where } from './influxdb-failure.ts';

export type FluxTag = typeof Flux;

export type InfluxConnection = {
  readonly flux: FluxTag;
  /** Resolves when all lines are stored; rejects with an {@link InfluxFailure}. Tries once. */
  writeOnce(text: string): Promise<void>;
  /** Calls `onLine` for each line of the annotated CSV as it arrives. Rejects with an ExpectedError. */
  query(query: ParameterizedQuery, onLine: (line: string) => void, signal?: AbortSignal): Promise<void>;
  /** Makes the bucket if it is missing. Rejects with an {@link InfluxFailure}. */
  prepare(): Promise<void>;
  /** What the bucket keeps, once known; undefined: for ever. */
  bucketRetentionMs(): number | undefined;
  /** The failure as an ExpectedError; it is the store's fault until `work` works again. */
  blame(work: Work, failure: InfluxFailure): ExpectedError;
  worked(work: Work): void;
  fault(): string | undefined;
  stats(): Readonly<Record<string, number>>;
  stop(): void;
};

/** Each has a fault of its own: a token may be allowed to read and not to write. */
export type Work = 'bucket' | 'write' | 'query';

export type ConnectionOptions = Where & {
  readonly token: string;
  readonly timeoutMs: number;
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

const PROBE_EVERY_MS = 5_000;
const GZIP_FROM_BYTES = 1_000;

export async function openConnection(options: ConnectionOptions): Promise<InfluxConnection> {
  const { url, token, org, bucket, timeoutMs, clock, logger } = options;
  const { InfluxDB, flux, setLogger } = await import('@influxdata/influxdb-client');
  // It logs what it also throws.
  setLogger({ error: () => {}, warn: () => {} });
  const client = new InfluxDB({ url, token, timeout: timeoutMs });
  const { transport } = client;
  const queryApi = client.getQueryApi({ org });
  const writePath = `/api/v2/write?org=${encodeURIComponent(org)}&bucket=${encodeURIComponent(bucket)}&precision=ms`;
  const faults = new Map<Work, string>();
  const mayLog = createThrottle(60_000, () => clock.nowMs());
  const stopping = new AbortController();
  const counts = { requests: 0, requests_failed: 0, queries: 0 };
  let retentionMs: number | undefined;
  let prepared = false;

  /** The driver leaves a request that timed out on its socket: the signal ends both. */
  async function limited<T>(run: (signal: AbortSignal) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const over = new AbortController();
    const end = () => over.abort();
    for (const outer of [signal, stopping.signal]) {
      if (outer?.aborted) end();
      outer?.addEventListener('abort', end, { once: true });
    }
    counts.requests++;
    try {
      return await run(over.signal);
    } catch (error) {
      counts.requests_failed++;
      throw error;
    } finally {
      for (const outer of [signal, stopping.signal]) outer?.removeEventListener('abort', end);
      over.abort();
    }
  }

  const request: Transport['request'] = (path, body, send) =>
    limited((signal) => transport.request(path, body, { ...send, signal }));

  // The transport under the driver's write API: its buffer and its retries have nothing to do for one batch at a time.
  async function writeOnce(text: string): Promise<void> {
    try {
      await request(writePath, text, {
        method: 'POST',
        headers: { 'content-type': 'text/plain; charset=utf-8' },
        gzipThreshold: GZIP_FROM_BYTES,
      });
    } catch (error) {
      throw failureOf(error, clock.nowMs());
    }
  }

  async function prepare(): Promise<void> {
    try {
      const found = await ensureBucket(request, options);
      retentionMs = found.retentionMs;
      if (found.made) logger.info({ bucket, org }, 'made the bucket in InfluxDB');
      else if (!prepared) tellRetention(retentionMs);
      prepared = true;
    } catch (error) {
      throw failureOf(error, clock.nowMs());
    }
    faults.delete('bucket');
  }

  function tellRetention(keptMs: number | undefined): void {
    if (keptMs === options.retentionMs) return;
    const days = (ms: number | undefined) =>
      ms === undefined ? 'for ever' : `${Math.round(ms / 3_600_000)} h`;
    logger.warn(
      { bucket, org },
      `the bucket keeps its data ${days(keptMs)}, the configuration says ${days(options.retentionMs)}; minimon does not change a bucket that exists`,
    );
  }

  const readLines = (
    query: ParameterizedQuery,
    onLine: (line: string) => void,
    signal: AbortSignal | undefined,
  ) =>
    limited(
      (inner) =>
        new Promise<void>((resolve, reject) => {
          let failed: unknown;
          queryApi.queryLines(query, {
            useCancellable(cancellable) {
              const cancel = () => {
                cancellable.cancel();
                reject(failed ?? new Error('the query was given up'));
              };
              if (inner.aborted) cancel();
              else inner.addEventListener('abort', cancel, { once: true });
            },
            next(line) {
              if (failed !== undefined) return;
              try {
                onLine(line);
              } catch (error) {
                failed = error;
                reject(error);
              }
            },
            error: reject,
            complete: () => (failed === undefined ? resolve() : reject(failed)),
          });
        }),
      signal,
    );

  async function query(
    text: ParameterizedQuery,
    onLine: (line: string) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    counts.queries++;
    let lines = 0;
    const counted = (line: string) => {
      lines++;
      onLine(line);
    };
    for (let attempt = 1; ; attempt++) {
      try {
        signal?.throwIfAborted();
        await readLines(text, counted, signal);
        return worked('query');
      } catch (error) {
        signal?.throwIfAborted();
        // What reading the rows threw has been decided already.
        if (error instanceof ExpectedError) throw error;
        const failure = failureOf(error, clock.nowMs());
        if (failure.kind === 'malformed')
          throw new Error(`InfluxDB does not understand a query: ${failure.says}`);
        // A kept connection that the server closed meanwhile fails at once; a second one tells whether it is there.
        const isStale = (error as { code?: string }).code === 'ECONNRESET' && lines === 0;
        const isMade =
          failure.kind === 'missing' &&
          (await prepare()
            .then(() => true)
            .catch(() => false));
        if ((isStale || isMade) && attempt === 1) continue;
        throw blame('query', failure);
      }
    }
  }

  function blame(work: Work, failure: InfluxFailure): ExpectedError {
    const error = unavailable(failure, options);
    if (!stopping.signal.aborted) {
      faults.set(work, error.message);
      if (mayLog(error.message)) logger.warn({ hint: error.hint }, error.message);
    }
    return error;
  }

  function worked(work: Work): void {
    if (faults.delete(work)) logger.info(`InfluxDB works again (${work})`);
  }

  /** Readers that ask seldom would else show an old fault; writers try again by themselves. */
  async function probe(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleepUntil(clock.nowMs() + PROBE_EVERY_MS, stopping.signal);
      if (prepared && !faults.has('query') && !faults.has('bucket')) continue;
      try {
        await prepare();
        worked('query');
      } catch (failure) {
        blame('bucket', failure as InfluxFailure);
      }
    }
  }
  probe().catch((error) => {
    if (!stopping.signal.aborted) logger.error(`the look after InfluxDB ended: ${messageOf(error)}`);
  });

  return {
    flux,
    writeOnce,
    query,
    prepare,
    bucketRetentionMs: () => retentionMs,
    blame,
    worked,
    fault: () => faults.get('bucket') ?? faults.get('write') ?? faults.get('query'),
    stats: () => ({ ...counts }),
    stop: () => stopping.abort(),
  };
}
