// The connection to InfluxDB: finds or creates the bucket, retries queries once, tracks the last error.
import { type ExpectedError, messageOf } from '../../domain/errors.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { ensureBucket } from './bucket.ts';
import { failureOf, type InfluxFailure, type InfluxTarget, isServerError, unavailable } from './failure.ts';
import { type FluxTag, type InfluxQuery, type InfluxTls, openTransport } from './transport.ts';

export type InfluxConnection = {
  readonly flux: FluxTag;
  /** Resolves when all lines are stored; rejects with an {@link InfluxFailure}. No retry. */
  writeOnce(text: string): Promise<void>;
  /** Rejects with an ExpectedError, the signal's reason, or what `onLine` threw. */
  query(query: InfluxQuery): Promise<void>;
  /** Creates the bucket if it is missing. Rejects with an {@link InfluxFailure}. */
  prepare(): Promise<void>;
  /** What an operator should know although all works. */
  notes(): readonly string[];
  /** What the bucket keeps, once known; undefined: without limit. */
  bucketRetentionMs(): number | undefined;
  /** The failure as an ExpectedError. The store is unhealthy with it until this kind of work succeeds. */
  failed(work: Work, failure: InfluxFailure): ExpectedError;
  succeeded(work: Work): void;
  unhealthy(): string | undefined;
  stats(): Readonly<Record<string, number>>;
  /** Aborts what is in flight. */
  stop(): void;
};

/** Each has a last error of its own: a token may be allowed to read and not to write. */
export type Work = 'bucket' | 'write' | 'query';

export type ConnectionOptions = InfluxTarget & {
  readonly token: string;
  readonly tls?: InfluxTls | undefined;
  readonly timeoutMs: number;
  /** Of a bucket that has to be created. */
  readonly retentionMs: number;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** A server that has answered nothing for a period is probed: a dead or hung one is named within 10 s, asked or idle. */
const PROBE_EVERY_MS = 2_500;
const PROBE_LIMIT_MS = 4_000;
const UNANSWERED: InfluxFailure = {
  kind: 'unavailable',
  message: `it has not answered for ${PROBE_LIMIT_MS / 1_000} s`,
};

export async function openConnection(options: ConnectionOptions): Promise<InfluxConnection> {
  const { org, bucket, clock, logger } = options;
  const stopping = new AbortController();
  const transport = await openTransport({ ...options, signal: stopping.signal });
  const lastErrors = createLastErrors(options, stopping.signal);
  const { failed, succeeded } = lastErrors;
  let bucketRetentionMs: number | undefined;
  let prepared = false;
  let vanished: string | undefined;

  const querying = createQuerying({ transport, clock, prepare, failed, succeeded });

  async function prepare(signal?: AbortSignal): Promise<void> {
    try {
      const found = await ensureBucket(transport.json, { ...options, signal });
      bucketRetentionMs = found.retentionMs;
      if (found.created) reportCreated();
      else if (!prepared) warnOfRetention(options, bucketRetentionMs);
      prepared = true;
    } catch (error) {
      throw failureOf(error, clock.nowMs());
    }
    succeeded('bucket');
  }

  function reportCreated() {
    if (!prepared) return logger.info({ bucket, org }, 'created the bucket in InfluxDB');
    vanished = `the bucket ${bucket} was gone from InfluxDB and was created again, empty, at ${formatInstant(clock.nowMs())}: its history is lost unless it is restored`;
    logger.error({ bucket, org }, vanished);
  }

  /** Without it, a reader that seldom queries would show an old error; writers retry by themselves. */
  async function probe(): Promise<void> {
    for (;;) {
      await clock.sleep(PROBE_EVERY_MS, stopping.signal);
      const isIdle = clock.monotonicMs() - lastErrors.lastSuccessMs() >= PROBE_EVERY_MS;
      if (prepared && !isIdle && !lastErrors.has('query') && !lastErrors.has('bucket')) continue;
      const over = new AbortController();
      const limit = clock.sleep(PROBE_LIMIT_MS, AbortSignal.any([over.signal, stopping.signal])).then(
        () => over.abort(),
        () => {},
      );
      try {
        await prepare(over.signal);
        succeeded('query');
      } catch (failure) {
        failed('bucket', over.signal.aborted ? UNANSWERED : (failure as InfluxFailure));
      } finally {
        over.abort();
        await limit;
      }
    }
  }
  probe().catch((error) => {
    if (!stopping.signal.aborted) logger.error(`the InfluxDB health probe stopped: ${messageOf(error)}`);
  });

  return {
    flux: transport.flux,
    async writeOnce(text) {
      try {
        await transport.write(text);
      } catch (error) {
        throw failureOf(error, clock.nowMs());
      }
    },
    query: querying.query,
    prepare,
    bucketRetentionMs: () => bucketRetentionMs,
    notes: () => (vanished === undefined ? [] : [vanished]),
    failed,
    succeeded,
    unhealthy: lastErrors.unhealthy,
    stats: () => ({ ...transport.stats(), queries: querying.count() }),
    stop: () => stopping.abort(),
  };
}

/** A query is repeated once where that may help: its bucket was created meanwhile, or its connection was an old one. */
function createQuerying(parts: {
  readonly transport: Pick<Awaited<ReturnType<typeof openTransport>>, 'query'>;
  readonly clock: Clock;
  readonly prepare: () => Promise<void>;
  readonly failed: InfluxConnection['failed'];
  readonly succeeded: InfluxConnection['succeeded'];
}) {
  const { transport, clock, prepare, failed, succeeded } = parts;
  let queries = 0;

  async function query(asked: InfluxQuery): Promise<void> {
    const { signal } = asked;
    queries++;
    let lines = 0;
    const onLine = (line: string) => {
      lines++;
      asked.onLine(line);
    };
    for (let attempt = 1; ; attempt++) {
      try {
        signal?.throwIfAborted();
        await transport.query({ ...asked, onLine });
        return succeeded('query');
      } catch (error) {
        signal?.throwIfAborted();
        // Not from the server: thrown by what reads the rows.
        if (!isServerError(error)) throw error;
        const failure = failureOf(error, clock.nowMs());
        if ((error as { statusCode?: number }).statusCode === 400)
          throw new Error(`InfluxDB rejected a query: ${failure.message}`);
        if (attempt === 1 && (await canRepeat(error, { failure, lines }))) continue;
        throw failed('query', failure);
      }
    }
  }

  async function canRepeat(
    error: unknown,
    { failure, lines }: { readonly failure: InfluxFailure; readonly lines: number },
  ): Promise<boolean> {
    if (failure.kind === 'missing') {
      // Why it cannot be prepared says more than that it is missing: a token that was revoked sees no bucket either.
      await prepare().catch((why: InfluxFailure) => {
        throw failed('bucket', why);
      });
      return true;
    }
    // A kept-alive connection that the server closed meanwhile fails at once; a new one shows whether it is up.
    return (error as { code?: string }).code === 'ECONNRESET' && lines === 0;
  }

  return { query, count: () => queries };
}

function warnOfRetention(options: ConnectionOptions, ofBucketMs: number | undefined): void {
  const { org, bucket, retentionMs, logger } = options;
  if (ofBucketMs === retentionMs) return;
  const hours = (ms: number | undefined) => (ms === undefined ? 'without limit' : `${ms / 3_600_000} h`);
  logger.warn(
    { bucket, org },
    `the retention of the bucket is ${hours(ofBucketMs)}, that of the configuration ${hours(retentionMs)}; minimon does not change an existing bucket`,
  );
}

/** What fails now, by kind of work; each failure is logged at most once a minute. */
function createLastErrors(options: ConnectionOptions, stopping: AbortSignal) {
  const { clock, logger } = options;
  const errors = new Map<Work, string>();
  const mayLog = createThrottle(clock.monotonicMs);
  let lastSuccessMs = clock.monotonicMs();

  return {
    has: (work: Work) => errors.has(work),
    lastSuccessMs: () => lastSuccessMs,
    unhealthy: () => errors.get('bucket') ?? errors.get('write') ?? errors.get('query'),
    failed(work: Work, failure: InfluxFailure): ExpectedError {
      const error = unavailable(failure, options);
      if (stopping.aborted) return error;
      errors.set(work, error.message);
      if (mayLog(error.message)) logger.warn({ hint: error.hint }, error.message);
      return error;
    },
    succeeded(work: Work): void {
      lastSuccessMs = clock.monotonicMs();
      if (errors.delete(work)) logger.info({ work }, 'InfluxDB recovered');
    },
  };
}
