// What stands between the store and one InfluxDB server: its bucket made or checked, and what is wrong with it now.
import { type ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import { ensureBucket } from './bucket.ts';
import { failureOf, type InfluxFailure, isServerError, unavailable, type Where } from './failure.ts';
import { type FluxTag, type InfluxQuery, type InfluxTls, openTransport } from './transport.ts';

export type InfluxConnection = {
  readonly flux: FluxTag;
  /** Resolves when all lines are stored; rejects with an {@link InfluxFailure}. Tries once. */
  writeOnce(text: string): Promise<void>;
  /** Rejects with an ExpectedError, the signal's reason, or what `onLine` threw. */
  query(query: InfluxQuery): Promise<void>;
  /** Makes the bucket if it is missing. Rejects with an {@link InfluxFailure}. */
  prepare(): Promise<void>;
  /** What the bucket keeps, once known; undefined: for ever. */
  bucketRetentionMs(): number | undefined;
  /** The failure as an ExpectedError; it is the store's fault until this kind of work works again. */
  blame(work: Work, failure: InfluxFailure): ExpectedError;
  worked(work: Work): void;
  unhealthy(): string | undefined;
  stats(): Readonly<Record<string, number>>;
  /** Ends what is under way. */
  stop(): void;
};

/** Each has a fault of its own: a token may be allowed to read and not to write. */
export type Work = 'bucket' | 'write' | 'query';

const PROBE_EVERY_MS = 5_000;
/** Of a server that nobody asks anything it would not be known that it is away. */
const IDLE_MS = 15_000;

export async function openConnection(
  options: Where & {
    readonly token: string;
    readonly tls?: InfluxTls | undefined;
    readonly timeoutMs: number;
    /** Of a bucket that has to be made. */
    readonly retentionMs: number;
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Promise<InfluxConnection> {
  const { org, bucket, clock, logger } = options;
  const stopping = new AbortController();
  const transport = await openTransport({ ...options, signal: stopping.signal });
  const faults = new Map<Work, string>();
  const mayLog = createThrottle(60_000, () => clock.nowMs());
  let queries = 0;
  let retentionMs: number | undefined;
  let prepared = false;
  let workedMs = clock.nowMs();

  async function prepare(): Promise<void> {
    try {
      const found = await ensureBucket(transport.json, options);
      retentionMs = found.retentionMs;
      if (found.made) logger.info({ bucket, org }, 'made the bucket in InfluxDB');
      else if (!prepared) tellRetention();
      prepared = true;
    } catch (error) {
      throw failureOf(error, clock.nowMs());
    }
    worked('bucket');
  }

  function tellRetention(): void {
    if (retentionMs === options.retentionMs) return;
    const kept = (ms: number | undefined) => (ms === undefined ? 'for ever' : `for ${ms / 3_600_000} h`);
    logger.warn(
      { bucket, org },
      `the bucket keeps its data ${kept(retentionMs)}, the configuration says ${kept(options.retentionMs)}; minimon does not change a bucket that exists`,
    );
  }

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
        return worked('query');
      } catch (error) {
        signal?.throwIfAborted();
        // Reading the rows may throw as well, and that is no fault of the server.
        if (!isServerError(error)) throw error;
        const failure = failureOf(error, clock.nowMs());
        if ((error as { statusCode?: number }).statusCode === 400)
          throw new Error(`InfluxDB does not understand a query: ${failure.says}`);
        if (attempt === 1 && (await canRepeat(error, { failure, lines }))) continue;
        throw blame('query', failure);
      }
    }
  }

  async function canRepeat(
    error: unknown,
    { failure, lines }: { readonly failure: InfluxFailure; readonly lines: number },
  ): Promise<boolean> {
    if (failure.kind === 'missing') {
      return prepare().then(
        () => true,
        () => false,
      );
    }
    // A kept connection that the server closed meanwhile fails at once; a second one tells whether it is there.
    return (error as { code?: string }).code === 'ECONNRESET' && lines === 0;
  }

  function blame(work: Work, failure: InfluxFailure): ExpectedError {
    const error = unavailable(failure, options);
    if (stopping.signal.aborted) return error;
    faults.set(work, error.message);
    if (mayLog(error.message)) logger.warn({ hint: error.hint }, error.message);
    return error;
  }

  function worked(work: Work): void {
    workedMs = clock.nowMs();
    if (faults.delete(work)) logger.info({ work }, 'InfluxDB works again');
  }

  /** Readers that ask seldom would else show an old fault; writers try again by themselves. */
  async function probe(): Promise<void> {
    for (;;) {
      await clock.sleep(PROBE_EVERY_MS, stopping.signal);
      const isIdle = clock.nowMs() - workedMs >= IDLE_MS;
      if (prepared && !isIdle && !faults.has('query') && !faults.has('bucket')) continue;
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
    flux: transport.flux,
    async writeOnce(text) {
      try {
        await transport.write(text);
      } catch (error) {
        throw failureOf(error, clock.nowMs());
      }
    },
    query,
    prepare,
    bucketRetentionMs: () => retentionMs,
    blame,
    worked,
    unhealthy: () => faults.get('bucket') ?? faults.get('write') ?? faults.get('query'),
    stats: () => ({ ...transport.stats(), queries }),
    stop: () => stopping.abort(),
  };
}
