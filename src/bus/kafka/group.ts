// A group's consumer that outlives its sessions: a dead one is replaced, one that makes no progress is noticed.
import type { Kafka } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { createBackoff } from '../../runtime/retry.ts';
import type { BusConsumer, ConsumeOptions } from '../bus.ts';
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
};

export type Group = BusConsumer & {
  readonly begun: Promise<void>;
  /** Partition -> offset of the next record to be processed, of the partitions that are read here. */
  positions(): ReadonlyMap<number, number>;
};

const BACKOFF = { firstMs: 500, maxMs: 10_000 };

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
  const watch = watchProgress();

  async function keepSession() {
    const backoff = createBackoff(BACKOFF);
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

  async function watchProgress() {
    let stalledSince: number | undefined;
    let watched: Session | undefined;
    let replaced = 0;
    for (;;) {
      await clock.sleep(parts.progressMs / 6, signal).catch(() => {});
      if (signal.aborted) return;
      const before = snapshot();
      const offsets = await parts.offsets().catch(() => undefined);
      // An unreachable cluster is not the consumer's failure; the bus's unhealthy() says so.
      if (signal.aborted || !offsets || session !== before.session) {
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
      if (stalledSince === undefined || clock.monotonicMs() - stalledSince < parts.progressMs) continue;
      stalledSince = undefined;
      const error = new Error(
        `no progress for ${parts.progressMs / 1_000} s although there are records to read`,
      );
      if (replaced++ > 0) {
        options.onDead?.(error);
        return;
      }
      before.session?.end(error);
    }
  }

  type Snapshot = ReturnType<typeof snapshot>;
  function snapshot() {
    const reached = [...(session?.readers()?.values() ?? [])].map((reader) => ({
      reader,
      next: reader.next(),
      idle: reader.idle(),
      committed: session?.committed(reader.partition),
    }));
    return { session, reached };
  }

  /** A deleted topic takes the committed offsets with it; a recreated one ends before our position. */
  function wasRecreated({ reached }: Snapshot, offsets: ReadonlyMap<number, PartitionOffsets>): boolean {
    return reached.some(({ reader, next, committed }) => {
      const now = offsets.get(reader.partition);
      if (!now) return false;
      return next > now.end || (committed !== undefined && now.committed === undefined && !now.reset);
    });
  }

  function isStalled(before: Snapshot, offsets: ReadonlyMap<number, PartitionOffsets>): boolean {
    if (!before.session?.readers()) return true;
    return before.reached.some(({ reader, next, idle }) => {
      const now = offsets.get(reader.partition);
      return idle && reader.idle() && reader.next() === next && now !== undefined && now.end > next;
    });
  }

  function positions(): ReadonlyMap<number, number> {
    return new Map(
      [...(session?.readers() ?? [])].map(([partition, reader]) => [partition, reader.position()]),
    );
  }

  return {
    begun: begun.promise,
    async commit(offsets) {
      if (!session?.readers())
        throw new ExpectedError(
          'UNAVAILABLE',
          'the offsets could not be committed yet: this consumer has not joined its group; it is retried',
        );
      await session.commit(offsets);
    },
    async lag() {
      const offsets = await parts.offsets();
      const readers = session?.readers();
      // While the group is being joined nobody knows whose the partitions are: all are reported.
      return lagOf(offsets, positions()).filter(({ partition }) => !readers || readers.has(partition));
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
