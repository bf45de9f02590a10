// The embedded store: chunks in SQLite files, written and read by two threads; this is its end on the main loop.
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { lockDirectory } from '../../runtime/directory-lock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { checkRange } from '../range-check.ts';
import type { LatestSample, Series, Store, StoreBatch, StoredHost, Watermark } from '../store.ts';
import type { FromWorker, Piece, PointsQuery } from './messages.ts';
import { numbersOf, unpackLatest, unpackSeries } from './packed-series.ts';
import { startThreads } from './threads.ts';
import { createWriteQueue } from './write-queue.ts';

export type EmbeddedStoreOptions = {
  /** Belongs to one store of one process; made when missing. */
  readonly directory: string;
  /** Default 35 d. Samples older than this are refused, and weeks that are wholly older removed. */
  readonly retentionMs?: number;
  /** The oldest weeks go, but for the newest, while the files take more than this. */
  readonly maxBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Where the threads' code is, for a bundle that keeps it elsewhere. */
  readonly workerUrl?: URL;
};

const RETENTION_MS = 35 * 86_400_000;
const TICK_MS = 1_000;

/** Rejects with DATA_IN_USE or DIR_NOT_WRITABLE; damaged files are moved aside and logged. */
export async function createEmbeddedStore(options: EmbeddedStoreOptions): Promise<Store> {
  const { directory, retentionMs = RETENTION_MS, maxBytes, clock, logger } = options;
  const unlock = lockDirectory(directory);
  let durable: ReadonlyMap<number, number> = new Map();
  let stats: Readonly<Record<string, number>> = {};
  let unhealthy: string | undefined;
  let tick: 'none' | 'sent' | 'wanted' = 'none';
  let stopping: Promise<void> | undefined;
  const ticking = new AbortController();

  function onNews(message: FromWorker): void {
    if (message.kind === 'log') logger[message.level](message.text);
    else if (message.kind === 'ticked') {
      const again = tick === 'wanted';
      tick = 'none';
      if (again) sendTick();
    } else if (message.kind === 'state') {
      durable = new Map(message.durable);
      ({ stats, unhealthy } = message);
    }
  }

  const threads = await startThreads({
    workerUrl: options.workerUrl ?? new URL('./worker.ts', import.meta.url),
    settings: { directory, retentionMs, maxBytes, nowMs: clock.nowMs() },
    nowMs: () => clock.nowMs(),
    onNews,
  }).catch((error) => {
    unlock();
    throw error;
  });

  function sendTick(): void {
    if (stopping) return;
    if (tick !== 'none') {
      tick = 'wanted';
      return;
    }
    tick = 'sent';
    threads.toWriter({ kind: 'tick', nowMs: clock.nowMs() });
  }

  async function keepTicking(): Promise<void> {
    while (!ticking.signal.aborted) {
      await clock.sleep(TICK_MS, ticking.signal);
      sendTick();
    }
  }
  keepTicking().catch((error) => {
    if (!ticking.signal.aborted) unhealthy = `the store's timer failed: ${messageOf(error)}`;
  });

  const queue = createWriteQueue(async ({ bytes, spans }) => {
    const written = await threads.request((id) =>
      threads.toWriter({ kind: 'write', id, nowMs: clock.nowMs(), bytes, spans }, [
        bytes.buffer as ArrayBuffer,
      ]),
    );
    if (!written) throw new Error('a write was not answered');
    return written;
  });

  const ask = (query: PointsQuery, piece: (piece: Piece) => void, signal?: AbortSignal) =>
    threads.request((id) => threads.toWriter({ kind: 'query', id, query, nowMs: clock.nowMs() }), {
      piece,
      signal,
    });

  return {
    write: (batches: readonly StoreBatch[]) => (stopping ? Promise.reject(stopped()) : queue.write(batches)),
    durable: () => durable,

    async range(query) {
      checkRange(query);
      const { hosts, metric, labels = {}, startMs, stopMs, stepMs, aggregate = 'mean', signal } = query;
      const found: Series[] = [];
      let sharedMs: number[] | undefined;
      const onPiece = (piece: Piece) => {
        if (piece.kind !== 'series') return;
        if (piece.sharedMs) sharedMs ??= numbersOf(piece.sharedMs);
        found.push(...unpackSeries(piece.series, sharedMs));
      };
      await ask(
        { kind: 'range', hosts, metric, labels, startMs, stopMs, stepMs, aggregate },
        onPiece,
        signal,
      );
      return found;
    },

    async latest({ hosts, metrics, sinceMs }) {
      const found: LatestSample[] = [];
      await ask({ kind: 'latest', hosts, metrics, sinceMs }, (piece) => {
        if (piece.kind === 'series') found.push(...unpackLatest(piece.series));
      });
      return found;
    },

    async hosts({ sinceMs, hosts }) {
      const found: StoredHost[] = [];
      const onPiece = (piece: Piece) => {
        if (piece.kind === 'hosts') found.push(...piece.hosts);
      };
      await threads.request(
        (id) => threads.toWriter({ kind: 'hosts', id, nowMs: clock.nowMs(), query: { sinceMs, hosts } }),
        { piece: onPiece },
      );
      return found;
    },

    async metrics({ sinceMs }) {
      let found: readonly string[] = [];
      const query = { kind: 'metrics', hosts: undefined, metrics: undefined, sinceMs } as const;
      await ask(query, (piece) => {
        if (piece.kind === 'metrics') found = piece.metrics;
      });
      return found;
    },

    async watermarks() {
      let found: readonly Watermark[] = [];
      const onPiece = (piece: Piece) => {
        if (piece.kind === 'watermarks') found = piece.watermarks;
      };
      await threads.request((id) => threads.toWriter({ kind: 'watermarks', id, nowMs: clock.nowMs() }), {
        piece: onPiece,
      });
      return found;
    },

    unhealthy: () => (stopping ? 'the store is stopped' : (threads.unhealthy() ?? unhealthy)),
    stats: () => ({ ...stats, ...queue.stats() }),

    stop() {
      stopping ??= (async () => {
        ticking.abort();
        await queue.idle();
        const nowMs = clock.nowMs();
        await Promise.allSettled([
          threads.request((id) => threads.toWriter({ kind: 'stop', id, nowMs })),
          threads.request((id) => threads.toReader({ kind: 'stop', id })),
        ]);
        await threads.end();
        unlock();
      })();
      return stopping;
    },
  };
}

const stopped = () => new ExpectedError('UNAVAILABLE', 'the store is stopped');
