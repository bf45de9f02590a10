// The embedded bus for one process: a durable log in its own thread, group commit, and consumers served from memory.
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { makeDataDirectory } from '../../runtime/directory-lock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { BUS_SCHEMA, type Bus, type BusMessage } from '../bus.ts';
import type { RecordSource } from './consumer.ts';
import { createGroups } from './groups.ts';
import type { LogOptions } from './log.ts';
import { type LogThread, startLogThread } from './log-thread.ts';
import { createRecordCache } from './record-cache.ts';

export type EmbeddedBusOptions = {
  /** Its own directory; made if missing. DATA_IN_USE when another process has it. */
  readonly directory: string;
  readonly partitions?: number;
  /** Above this publish answers BUS_FULL. Default 2 GiB. */
  readonly maxBytes?: number;
  /** The same when less of the disk is free. Default 0.05. */
  readonly minFreeShare?: number;
  /** Newest records kept in memory. Default 16 MiB. */
  readonly cacheBytes?: number;
  /** By partition, how far the store had read: a bus that ends before it says what is lost and goes on after it. */
  readonly consumed?: LogOptions['consumed'];
  readonly clock: Clock;
  readonly logger: Logger;
  /** The thread of the log died: nothing goes on without a restart. */
  readonly onDead?: ((error: Error) => void) | undefined;
  /** The thread's file, where it is not beside this one (bundled). */
  readonly workerUrl?: URL;
};

const REFRESH_WHILE_FULL_MS = 1_000;

export async function createEmbeddedBus(options: EmbeddedBusOptions): Promise<Bus> {
  const { directory, partitions = 1, cacheBytes = 16 * 1024 * 1024, clock, logger } = options;
  const maxBytes = options.maxBytes ?? 2 * 1024 ** 3;
  makeDataDirectory(directory);
  const thread: LogThread = await startLogThread({
    directory,
    partitions,
    maxBytes,
    minFreeShare: options.minFreeShare ?? 0.05,
    consumed: options.consumed,
    logger,
    workerUrl: options.workerUrl ?? new URL('./log-worker.ts', import.meta.url),
    onState: () => {
      const dead = thread.dead();
      if (dead) options.onDead?.(new Error(`the thread of the bus died: ${dead.message}`, { cause: dead }));
      records.refresh();
      watchFullness();
    },
  });
  const records = createRecords(thread, { partitions, maxBytes: cacheBytes });
  const publishing = createGroupCommit(thread, records);
  const groups = createGroups({ thread, source: records, maxBytes, clock, logger });
  let stopping: Promise<void> | undefined;
  let refresh: NodeJS.Timeout | undefined;

  function watchFullness() {
    if (refresh || stopping || thread.dead() || !thread.state().full) return;
    // Callers do not publish to a full bus, so no answer would bring the news that there is space again.
    refresh = setTimeout(() => {
      refresh = undefined;
      thread.refresh().catch(() => {});
    }, REFRESH_WHILE_FULL_MS);
    refresh.unref();
  }

  return {
    partitions,
    publish(messages) {
      if (stopping) return Promise.reject(new ExpectedError('UNAVAILABLE', 'the bus is stopping'));
      const stray = messages.find(({ partition }) => !(partition >= 0 && partition < partitions));
      if (stray) return Promise.reject(new Error(`the bus has no partition ${stray.partition}`));
      return publishing.publish(messages);
    },
    consume: groups.consume,
    read: groups.read,
    lag: async (group) => groups.lag(group),
    unhealthy() {
      if (stopping) return 'the bus is stopping';
      const dead = thread.dead();
      return dead ? `the thread of the bus stopped: ${dead.message}` : thread.state().full;
    },
    stop() {
      stopping ??= (async () => {
        clearTimeout(refresh);
        await groups.stop();
        await publishing.flushed();
        await thread.close();
      })();
      return stopping;
    },
  };
}

type Records = RecordSource & {
  /** Durable in the log, at these offsets: from now on readers see them. */
  add(messages: readonly BusMessage[], offsets: readonly number[]): void;
  /** The thread has a newer state, or died. */
  refresh(): void;
};

/** What readers see of the log: its newest records from memory, older ones from the thread. */
function createRecords(
  thread: LogThread,
  cacheOptions: { readonly partitions: number; readonly maxBytes: number },
): Records {
  const cache = createRecordCache(cacheOptions);
  const waiters = new Set<() => void>();
  // Not the thread's end offsets: readers are notified only of records that are in memory, or each would read from
  // disk.
  let visible = thread.state().ends;
  let breaks = thread.state().breaks.length;

  function show() {
    visible = thread.state().ends;
    breaks = thread.state().breaks.length;
    for (const wake of [...waiters]) wake();
  }

  return {
    partitions: cacheOptions.partitions,
    end: (partition) => visible[partition]!,
    dead: () => thread.dead(),
    async read(at) {
      return cache.read(at) ?? thread.read(at);
    },
    add(messages, offsets) {
      for (const [i, message] of messages.entries())
        cache.add({ ...message, offset: offsets[i]!, schema: BUS_SCHEMA });
      show();
    },
    refresh() {
      // What was appended shows when it is in memory (add); here only what came without an append.
      if (thread.dead() || thread.state().breaks.length !== breaks) show();
    },
    appended: ({ partition, from }, signal) =>
      new Promise((resolve, reject) => {
        const settle = () => {
          const dead = thread.dead();
          if (!dead && !signal.aborted && visible[partition]! <= from) return;
          waiters.delete(settle);
          signal.removeEventListener('abort', settle);
          if (dead)
            reject(
              new ExpectedError('UNAVAILABLE', `the thread of the bus stopped: ${dead.message}`, {
                cause: dead,
              }),
            );
          else resolve();
        };
        waiters.add(settle);
        signal.addEventListener('abort', settle);
        settle();
      }),
    // Offsets that a replaced log skipped were never records, and must not count as lost.
    count(partition, from, to) {
      const unused = thread
        .state()
        .breaks.filter((gap) => gap.partition === partition)
        .reduce(
          (sum, gap) => sum + Math.max(0, Math.min(to, gap.start) - Math.max(from, gap.previousEnd)),
          0,
        );
      return Math.max(0, to - from - unused);
    },
  };
}

type Publishing = {
  readonly messages: readonly BusMessage[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

/** One commit for all that was published in one turn of the event loop, or while the last commit ran. */
function createGroupCommit(thread: LogThread, records: Records) {
  let pending: Publishing[] = [];
  let flushing: Promise<void> | undefined;

  async function flush() {
    // To the end of this turn: an fsync costs the same for one message as for a hundred.
    await new Promise(setImmediate);
    while (pending.length > 0) {
      const group = pending;
      pending = [];
      const messages = group.flatMap((publishing) => publishing.messages);
      try {
        const offsets = await thread.append(messages);
        records.add(messages, offsets);
        for (const publishing of group) publishing.resolve();
      } catch (error) {
        for (const publishing of group) publishing.reject(unavailable(error));
      }
    }
    flushing = undefined;
  }

  return {
    publish(messages: readonly BusMessage[]): Promise<void> {
      const done = new Promise<void>((resolve, reject) => pending.push({ messages, resolve, reject }));
      flushing ??= flush();
      return done;
    },
    /** Resolves when nothing is being written. */
    flushed: async () => flushing,
  };
}

const unavailable = (error: unknown) =>
  error instanceof ExpectedError && error.kind === 'unavailable'
    ? error
    : new ExpectedError('UNAVAILABLE', 'the bus could not write its log', { cause: error });
