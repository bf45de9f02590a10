// The partitions assigned to a group member: a queue, start offset and committed offset for each.
import type { Consumer } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { ConsumeOptions } from '../bus.ts';
import { type PartitionOffsets, startOf } from './offsets.ts';
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts';

export type AssignmentParts = {
  readonly consumer: Consumer;
  readonly topic: string;
  readonly options: ConsumeOptions;
  /** Offsets reached in this process, carried from one session to the next. */
  readonly remembered: Map<number, number>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  offsets(): Promise<ReadonlyMap<number, PartitionOffsets>>;
  reason(error: unknown): string;
  /** The first assignment is read from. */
  onBegun(): void;
};

export type Assignment = {
  /** By partition. */
  readonly queues: ReadonlyMap<number, PartitionQueue>;
  readonly commits: Commits;
  /** False during a rebalance, and until it is known where each partition starts. */
  active(): boolean;
  /** Grows with each rebalance. */
  generation(): number;
  /** After a rebalance: keeps the queues of partitions that stay, ends the others, starts the new ones. */
  replace(partitions: readonly number[]): void;
  /** Records from the queue's next offset up to `to` are gone: reported in their order, and never read again. */
  reportLost(queue: PartitionQueue, to: number): void;
  seek(partition: number, offset: number): void;
  /** Ends every queue and waits for its running batch. */
  stop(): Promise<void>;
};

const RETRY_OFFSETS_MS = 500;

export function createAssignment(parts: AssignmentParts): Assignment {
  const { consumer, topic, options, remembered, clock, logger, signal } = parts;
  const queues = new Map<number, PartitionQueue>();
  const draining = new Set<Promise<void>>();
  const commits = createCommits(parts, (partition) => queues.get(partition)?.next());
  let generation = 0;
  let active = false;

  function replace(partitions: readonly number[]) {
    const mine = ++generation;
    active = false;
    // Nothing is fetched before it is known from where: the driver would choose by itself.
    consumer.pause([{ topic, partitions: [...partitions] }]);
    for (const queue of [...queues.values()]) if (!partitions.includes(queue.partition)) drop(queue);
    void begin(mine, partitions);
  }

  function drop(queue: PartitionQueue) {
    remembered.set(queue.partition, queue.position());
    queues.delete(queue.partition);
    const drained = queue.stop().finally(() => draining.delete(drained));
    draining.add(drained);
  }

  async function begin(mine: number, partitions: readonly number[]) {
    const current = () => mine === generation && !signal.aborted;
    while (current()) {
      try {
        const offsets = await parts.offsets();
        if (!current()) return;
        const pins = partitions.flatMap((partition) => start(partition, offsets.get(partition)));
        if (pins.length > 0) await commits.commitNow(pins);
        if (!current()) return;
        consumer.resume([{ topic, partitions: [...partitions] }]);
        active = true;
        parts.onBegun();
        return;
      } catch (error) {
        const reason = parts.reason(error);
        logger.debug({ group: options.group }, `cannot read the offsets to start from: ${reason}`);
        await clock.sleep(RETRY_OFFSETS_MS, signal).catch(() => {});
      }
    }
  }

  /** Starts a queue at its offset and returns what has to be committed so that the offset is known from now on. */
  function start(partition: number, offsets: PartitionOffsets | undefined): Offsets {
    if (!offsets) throw new Error(`the cluster does not know partition ${partition}`);
    const old = queues.get(partition);
    if (old && old.next() >= offsets.low && old.next() <= offsets.end && offsets.committed !== undefined) {
      commits.known.set(partition, offsets.committed);
      seek(partition, old.next());
      return [];
    }
    if (old) drop(old);
    const { offset, lost, recreated } = startOf(offsets, {
      from: options.from,
      remembered: remembered.get(partition),
    });
    if (recreated) {
      logger.warn(
        { group: options.group, partition, committed: offsets.committed, end: offsets.end },
        'the topic was deleted and recreated: consuming from its beginning',
      );
    }
    remembered.delete(partition);
    commits.known.delete(partition);
    if (offsets.committed !== undefined && !recreated) commits.known.set(partition, offsets.committed);
    const queue = createPartitionQueue(options, { partition, start: lost?.from ?? offset, clock, logger });
    queues.set(partition, queue);
    if (lost) reportLost(parts, queue, offset);
    seek(partition, offset);
    return offsets.committed === undefined || lost || recreated ? [[partition, offset]] : [];
  }

  const seek = (partition: number, offset: number) =>
    consumer.seek({ topic, partition, offset: String(offset) });

  return {
    queues,
    commits,
    active: () => active,
    generation: () => generation,
    replace,
    reportLost: (queue, to) => reportLost(parts, queue, to),
    seek,
    async stop() {
      generation++;
      active = false;
      for (const queue of [...queues.values()]) drop(queue);
      await Promise.all(draining);
    },
  };
}

function reportLost({ options, logger }: AssignmentParts, queue: PartitionQueue, to: number): void {
  const { partition } = queue;
  const from = queue.next();
  logger.warn(
    { group: options.group, partition, from, to },
    `${to - from} records were lost to retention before they were read`,
  );
  queue.skip(to, { partition, from, to, records: to - from });
}

type Offsets = readonly (readonly [partition: number, offset: number])[];

type Commits = ReturnType<typeof createCommits>;

/** What the group has committed, as far as this member knows, and the commits it makes. */
function createCommits(
  { consumer, topic, reason }: Pick<AssignmentParts, 'consumer' | 'topic' | 'reason'>,
  /** Of the partitions assigned here, the offset to be read next. */
  nextOf: (partition: number) => number | undefined,
) {
  const known = new Map<number, number>();
  // Only what the broker has confirmed counts as committed.
  consumer.on(consumer.events.COMMIT_OFFSETS, ({ payload }) => {
    for (const { partition, offset } of payload.topics.flatMap((entry) => entry.partitions))
      known.set(partition, Number(String(offset)));
  });

  const commitNow = (offsets: Offsets) =>
    consumer.commitOffsets(
      offsets.map(([partition, offset]) => ({ topic, partition, offset: String(offset) })),
    );

  async function commit(offsets: ReadonlyMap<number, number>): Promise<void> {
    // Another member's partitions are its own to commit; an offset that was never read is of a deleted topic.
    const behind = () =>
      [...offsets].filter(([partition, offset]) => {
        const next = nextOf(partition);
        return next !== undefined && offset <= next && offset > (known.get(partition) ?? -1);
      });
    const wanted = behind();
    if (wanted.length === 0) return;
    try {
      await commitNow(wanted);
    } catch (error) {
      throw new ExpectedError('UNAVAILABLE', `the offsets could not be committed: ${reason(error)}`, {
        cause: error,
      });
    }
    // The driver drops a commit silently while it is not running.
    if (behind().length > 0) throw notJoined();
  }

  return { known, commitNow, commit };
}

/** The error of a commit while the consumer is no member of its group. */
export const notJoined = () =>
  new ExpectedError(
    'UNAVAILABLE',
    'the offsets could not be committed yet: this consumer has not joined its group; it is retried',
  );
