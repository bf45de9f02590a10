// A group consumer that replaces failed sessions, and detects sessions without progress.
import type { Kafka } from 'kafkajs';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { BACKOFF, createBackoff } from '../../runtime/retry.ts';
import type { BusConsumer, ConsumeOptions } from '../bus.ts';
import { notJoined } from './assignment.ts';
import { lagOf, type PartitionOffsets } from './offsets.ts';
import { type Session, startSession } from './session.ts';

export type GroupParts = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly options: ConsumeOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Without progress for so long although there are records, the session is replaced, the second time onDead. */
  readonly progressMs: number;
  offsets(): Promise<ReadonlyMap<number, PartitionOffsets>>;
  reason(error: unknown): string;
  /** A broker left a request without an answer. */
  unanswered(broker: string): void;
};

export type Group = BusConsumer & {
  readonly begun: Promise<void>;
  /** Partition -> offset of the next record to be processed, of the partitions that are read here. */
  positions(): ReadonlyMap<number, number>;
};

// A broker that fails lets a session end at once: without a delay the group would rebalance without end.

export function startGroup(parts: GroupParts): Group {
  const { options, clock, logger } = parts;
  const abort = new AbortController();
  const { signal } = abort;
  const remembered = new Map<number, number>();
  const begun = Promise.withResolvers<void>();
  let session: Session | undefined;
  let from = options.from;
  let stopping: Promise<void> | undefined;
  const loop = keepSession();
  const watch = watchProgress(parts, { session: () => session, remembered, signal });

  async function keepSession() {
    const backoff = createBackoff(BACKOFF.daemon);
    while (!signal.aborted) {
      const current = startSession({ ...parts, options: { ...options, from }, remembered });
      session = current;
      void current.begun.then(() => {
        begun.resolve();
        backoff.reset();
        // From now on a partition without a commit is new or recreated: nothing of it is to be skipped.
        from = 'earliest';
      });
      const reason = await Promise.race([current.ended, aborted()]);
      await current.stop();
      if (signal.aborted || !reason) return;
      logger.warn({ group: options.group }, `replacing the consumer: ${parts.reason(reason)}`);
      await clock.sleep(backoff.next(), signal).catch(() => {});
    }
  }

  function aborted(): Promise<undefined> {
    return new Promise((resolve) => {
      if (signal.aborted) resolve(undefined);
      else signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
  }

  function positions(): ReadonlyMap<number, number> {
    return new Map([...(session?.queues() ?? [])].map(([partition, queue]) => [partition, queue.position()]));
  }

  return {
    begun: begun.promise,
    async commit(offsets) {
      if (!session?.queues()) throw notJoined();
      await session.commit(offsets);
    },
    async lag() {
      const offsets = await parts.offsets();
      const queues = session?.queues();
      // During a rebalance the assignment is unknown: the lag of all partitions is reported.
      return lagOf(offsets, positions()).filter(({ partition }) => !queues || queues.has(partition));
    },
    positions,
    stop() {
      stopping ??= (async () => {
        abort.abort(new Error('the consumer is stopping'));
        await loop;
        await watch;
      })();
      return stopping;
    },
  };
}

type Offsets = ReadonlyMap<number, PartitionOffsets>;

/** Replaces a session that makes no progress or whose topic was recreated; the second time in a row it calls onDead. */
async function watchProgress(
  { options, clock, progressMs, offsets: readOffsets }: GroupParts,
  group: {
    readonly session: () => Session | undefined;
    readonly remembered: Map<number, number>;
    readonly signal: AbortSignal;
  },
): Promise<void> {
  const { signal, remembered } = group;
  let stalledSince: number | undefined;
  let watched: Session | undefined;
  let replaced = 0;
  for (;;) {
    await clock.sleep(progressMs / 6, signal).catch(() => {});
    if (signal.aborted) return;
    const before = reachedBy(group.session());
    const offsets = await readOffsets().catch(() => undefined);
    // An unreachable cluster is not the consumer's failure; the bus's unhealthy() says so.
    if (signal.aborted || !offsets || group.session() !== before.session) {
      stalledSince = undefined;
      continue;
    }
    if (wasRecreated(before, offsets)) {
      remembered.clear();
      before.session?.end(new Error('the topic was deleted and recreated'));
      continue;
    }
    const stalled = isStalled(before, offsets);
    if (!stalled) replaced = 0;
    if (!stalled || watched !== before.session) stalledSince = stalled ? clock.monotonicMs() : undefined;
    watched = before.session;
    if (stalledSince === undefined || clock.monotonicMs() - stalledSince < progressMs) continue;
    stalledSince = undefined;
    const error = new Error(`no progress for ${progressMs / 1_000} s although there are records to read`);
    if (replaced++ > 0) {
      options.onDead?.(error);
      return;
    }
    before.session?.end(error);
  }
}

type Reached = ReturnType<typeof reachedBy>;

/** How far the session's queues are now, to be compared with the offsets read after it. */
function reachedBy(session: Session | undefined) {
  const queues = [...(session?.queues()?.values() ?? [])].map((queue) => ({
    queue,
    next: queue.next(),
    idle: queue.idle(),
    committed: session?.committed(queue.partition),
  }));
  return { session, queues };
}

/** A deleted topic takes the committed offsets with it; a recreated one ends before our position. */
function wasRecreated({ queues }: Reached, offsets: Offsets): boolean {
  return queues.some(({ queue, next, committed }) => {
    const now = offsets.get(queue.partition);
    if (!now) return false;
    return next > now.end || (committed !== undefined && now.committed === undefined && !now.reset);
  });
}

function isStalled(before: Reached, offsets: Offsets): boolean {
  if (!before.session?.queues()) return true;
  return before.queues.some(({ queue, next, idle }) => {
    const now = offsets.get(queue.partition);
    return idle && queue.idle() && queue.next() === next && now !== undefined && now.end > next;
  });
}
