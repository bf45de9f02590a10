// The embedded store: chunks in SQLite files, written and read by two threads; this is the part on the main thread.
import { MessageChannel } from 'node:worker_threads';
import { ExpectedError, messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { lockDirectory } from '../../runtime/directory-lock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { startWorker } from '../../runtime/worker-call.ts';
import { DEFAULT_RETENTION_MS, type Store, type StoreBatch, type WriteResult } from '../store.ts';
import type { Guest } from './guest.ts';
import { createHeadEdge } from './head-edge.ts';
import { createHeadVersions } from './head-versions.ts';
import type { LogEvent, ReaderCall, Times, WorkerSettings, WriterCall, WriterEvent } from './messages.ts';
import { createQueries } from './queries.ts';
import { createWriteQueue } from './write-queue.ts';

export type EmbeddedStoreOptions = {
  /** Belongs to one store of one process; created when missing. */
  readonly directory: string;
  /** Default 35 d. Samples older than this at their arrival are rejected, and weeks removed that are wholly older than the newest data. */
  readonly retentionMs?: number;
  /** The oldest weeks are removed, but for the newest, while the files take more than this. */
  readonly maxBytes?: number;
  /** Default 512 MiB. Windows are merged into their files before they are over while what is not in files takes more. */
  readonly maxHeadBytes?: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** One of the threads died: nothing goes on without a restart. */
  readonly onDead?: ((error: Error) => void) | undefined;
  /** Where the threads' code is, for a bundle that keeps it elsewhere. */
  readonly workerUrl?: URL;
};

const MAX_HEAD_BYTES = 512 * 1024 * 1024;
/** How often the writer gets the time: it has no timers of its own, so that a test's clock drives it too. */
const TICK_MS = 1_000;

export type EmbeddedStore = Store & {
  /** Runs a module in the reader thread, until the store is stopped. Rejects when it cannot be loaded. */
  host(guest: Guest): Promise<void>;
};

/** Rejects with DATA_IN_USE or DIR_NOT_WRITABLE; damaged files are moved aside and logged. */
export async function createEmbeddedStore(options: EmbeddedStoreOptions): Promise<EmbeddedStore> {
  const { directory, clock, logger } = options;
  const unlock = lockDirectory(directory);
  let durable: ReadonlyMap<number, number> = new Map();
  let stats: Readonly<Record<string, number>> = {};
  let unhealthy: string | undefined;
  let note: string | undefined;
  let stopping: Promise<void> | undefined;

  function onEvent(event: WriterEvent | LogEvent): void {
    if (event.kind === 'log') logger[event.level ?? 'warn'](event.text);
    else {
      durable = new Map(event.durable);
      ({ stats, unhealthy, note } = event);
    }
  }
  const threads = await startThreads(options, onEvent).catch((error) => {
    unlock();
    throw error;
  });
  const { writer, reader } = threads;

  const ticking = new AbortController();
  tickEverySecond(clock, ticking.signal, () =>
    writer.call<void>({ op: 'tick', times: timesOf(clock) }),
  ).catch((error) => {
    if (!ticking.signal.aborted) unhealthy = `the store's timer failed: ${messageOf(error)}`;
  });
  const queue = createWriteQueue(({ bytes, spans }) =>
    writer.call<WriteResult>(
      { op: 'write', bytes, spans, times: timesOf(clock) },
      { transfer: [bytes.buffer as ArrayBuffer] },
    ),
  );

  return {
    write: (batches: readonly StoreBatch[]) =>
      stopping ? Promise.reject(unavailable('the store is stopped')) : queue.write(batches),
    durable: () => durable,
    ...createQueries({ writer, reader, clock }),
    async host({ url, data, transfer = [] }) {
      const { port1, port2 } = new MessageChannel();
      const call = { op: 'load', url: url.href, data, writer: port2 } as const;
      await Promise.all([
        writer.call<void>({ op: 'connect', port: port1 }, { transfer: [port1] }),
        reader.call<void>(call, { transfer: [port2, ...transfer] }),
      ]);
    },
    unhealthy: () => (stopping ? 'the store is stopped' : (threads.lastError() ?? unhealthy)),
    notes: () => (note ? [note] : []),
    stats: () => ({ ...stats, ...queue.stats() }),
    stop() {
      stopping ??= (async () => {
        ticking.abort();
        // Writes first: each was promised to be either stored or rejected.
        await queue.idle();
        // The reader first: the last to close a week writes its log back into the file, and only the writer may.
        await reader.call({ op: 'stop' }).catch(() => {});
        await writer.call({ op: 'stop' }).catch(() => {});
        await threads.endAll(unavailable('the store is stopped'));
        unlock();
      })();
      return stopping;
    },
  };
}

const timesOf = (clock: Clock): Times => ({ wallMs: clock.nowMs(), monotonicMs: clock.monotonicMs() });

const died = (why: string) => unavailable(why, 'Restart the daemon; nothing that was acknowledged is lost.');

const unavailable = (message: string, hint?: string) => new ExpectedError('UNAVAILABLE', message, { hint });

/** The writer and the reader. When one dies, calls of both reject. */
async function startThreads(options: EmbeddedStoreOptions, onEvent: (event: WriterEvent | LogEvent) => void) {
  const { directory, retentionMs = DEFAULT_RETENTION_MS, maxBytes, clock } = options;
  const { maxHeadBytes = MAX_HEAD_BYTES } = options;
  const { port1, port2 } = new MessageChannel();
  const shared = { headEdge: createHeadEdge(), headVersions: createHeadVersions() };
  const ends: ((error: Error) => Promise<void>)[] = [];
  const endAll = (error: Error) => Promise.all(ends.map((end) => end(error)));
  let lastError: string | undefined;

  async function start<Call>(role: WorkerSettings['role'], port: typeof port1) {
    const settings: WorkerSettings = {
      ...{ role, directory, retentionMs, maxBytes, maxHeadBytes, port, ...shared },
      times: timesOf(clock),
    };
    const thread = await startWorker<Call>({
      url: options.workerUrl ?? new URL('./worker.ts', import.meta.url),
      name: `store-${role}`,
      workerData: settings,
      transferList: [port],
      onEvent,
      onDeath(error) {
        lastError ??= `the ${role} thread of the store failed: ${messageOf(error)}`;
        const failure = died(lastError);
        void endAll(failure);
        options.onDead?.(new Error(lastError, { cause: error }));
        return failure;
      },
    });
    ends.push(thread.end);
    return thread;
  }
  const [writer, reader] = await Promise.allSettled([
    start<WriterCall>('writer', port1),
    start<ReaderCall>('reader', port2),
  ]);
  if (writer.status === 'fulfilled' && reader.status === 'fulfilled') {
    // One that died while the other one started has not ended it.
    if (lastError !== undefined) void endAll(died(lastError));
    return { writer: writer.value, reader: reader.value, lastError: () => lastError, endAll };
  }
  const { reason } = writer.status === 'rejected' ? writer : (reader as PromiseRejectedResult);
  await endAll(reason);
  throw reason;
}

/** One tick is in flight at a time; what falls due meanwhile is one more after it. */
async function tickEverySecond(clock: Clock, signal: AbortSignal, tick: () => Promise<void>): Promise<void> {
  let isRunning = false;
  let isWanted = false;
  const run = () => {
    isWanted = isRunning;
    if (isRunning) return;
    isRunning = true;
    const done = () => {
      isRunning = false;
      if (isWanted && !signal.aborted) run();
    };
    // A tick fails with its thread, which says why.
    tick().then(done, done);
  };
  for (;;) {
    await clock.sleep(TICK_MS, signal);
    run();
  }
}
