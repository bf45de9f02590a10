// One membership in a consumer group, from joining to its end: which partitions, from where, and what is committed.
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { within } from '../../runtime/within.ts';
import type { ConsumeOptions } from '../bus.ts';
import { bytesOf } from '../partition-reader.ts';
import { type PartitionOffsets, startOf } from './offsets.ts';
import { createPartitionQueue, type PartitionQueue } from './partition-queue.ts';
import { fromKafka } from './topic.ts';

export type SessionParts = {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly options: ConsumeOptions;
  /** Offsets reached in this process, carried from one session to the next. */
  readonly remembered: Map<number, number>;
  readonly clock: Clock;
  readonly logger: Logger;
  offsets(): Promise<ReadonlyMap<number, PartitionOffsets>>;
  reason(error: unknown): string;
};

export type Session = {
  /** Resolves when it consumes for the first time; never when that does not come. */
  readonly begun: Promise<void>;
  /** Resolves with the reason when the session cannot go on. */
  readonly ended: Promise<Error>;
  /** The readers of the partitions assigned here; undefined while there is no assignment. */
  readers(): ReadonlyMap<number, PartitionQueue> | undefined;
  committed(partition: number): number | undefined;
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  end(reason: Error): void;
  /** Leaves the group. Aborts running batches and waits for them. Idempotent. */
  stop(): Promise<void>;
};

/** A member that died is noticed after this; shorter, and a long pause of the process would cost it its partitions. */
const SESSION_MS = 10_000;
const FETCH_WAIT_MS = 250;
/** Well below SESSION_MS: the driver sends its heartbeats between batches only. */
const ROOM_WAIT_MS = 500;
// While records come one after the other, what comes meanwhile is one fetch, one batch and one write to the store
// instead of many. After a record alone, or more than a little at once, there is no wait.
const GATHER_MS = 100;
const LITTLE_BYTES = 128 * 1024;
const CONCURRENT_PARTITIONS = 64;

export function startSession(parts: SessionParts): Session {
  const { topic, options, remembered, clock, logger } = parts;
  const consumer: Consumer = parts.kafka.consumer({
    groupId: options.group,
    sessionTimeout: SESSION_MS,
    heartbeatInterval: SESSION_MS / 4,
    rebalanceTimeout: 30_000,
    minBytes: 1,
    maxWaitTimeInMs: FETCH_WAIT_MS,
    allowAutoTopicCreation: false,
    // Long enough for a coordinator to be replaced; after that this session ends and another begins.
    retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 2_000, restartOnFailure: async () => false },
  });
  const readers = new Map<number, PartitionQueue>();
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Error>();
  const abort = new AbortController();
  const { signal } = abort;
  const draining = new Set<Promise<void>>();
  let generation = 0;
  let assigned = false;
  let stopping: Promise<void> | undefined;

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => onJoin(payload.memberAssignment[topic] ?? []));
  consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
  // The driver would go on asking a broker that hangs, or whose machine is gone, by its outdated metadata.
  consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) =>
    end(new Error(`broker ${payload.broker} does not answer`)),
  );
  const {
    known: committed,
    commitNow,
    commit,
  } = createCommits({
    consumer,
    topic,
    nextOf: (partition) => readers.get(partition)?.next(),
    reason: parts.reason,
  });
  const starting = run().catch((error) => end(error));

  async function run() {
    await consumer.connect();
    if (signal.aborted) return;
    // Always "from the beginning": the driver takes that for offsets that are gone, too.
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    if (signal.aborted) return;
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: CONCURRENT_PARTITIONS,
      eachBatch,
    });
  }

  function end(reason: unknown) {
    ended.resolve(reason instanceof Error ? reason : new Error(String(reason)));
  }

  function onJoin(partitions: readonly number[]) {
    const mine = ++generation;
    assigned = false;
    // Nothing is fetched before it is known from where: the driver would choose by itself.
    consumer.pause([{ topic, partitions: [...partitions] }]);
    for (const reader of [...readers.values()]) if (!partitions.includes(reader.partition)) drop(reader);
    void begin(mine, partitions);
  }

  function drop(reader: PartitionQueue) {
    remembered.set(reader.partition, reader.position());
    readers.delete(reader.partition);
    const drained = reader.stop().finally(() => draining.delete(drained));
    draining.add(drained);
  }

  async function begin(mine: number, partitions: readonly number[]) {
    const current = () => mine === generation && !signal.aborted;
    while (current()) {
      try {
        const offsets = await parts.offsets();
        if (!current()) return;
        const pins = partitions.flatMap((partition) => startReader(partition, offsets.get(partition)));
        if (pins.length > 0) await commitNow(pins);
        if (!current()) return;
        consumer.resume([{ topic, partitions: [...partitions] }]);
        assigned = true;
        begun.resolve();
        return;
      } catch (error) {
        logger.debug(
          { group: options.group },
          `cannot read the offsets to start from: ${parts.reason(error)}`,
        );
        await clock.sleep(500, signal).catch(() => {});
      }
    }
  }

  /** Starts a reader at its offset and returns what has to be committed so that the offset is known from now on. */
  function startReader(partition: number, offsets: PartitionOffsets | undefined): [number, number][] {
    if (!offsets) throw new Error(`the cluster does not know partition ${partition}`);
    const old = readers.get(partition);
    if (old && old.next() >= offsets.low && old.next() <= offsets.end && offsets.committed !== undefined) {
      committed.set(partition, offsets.committed);
      seek(partition, old.next());
      return [];
    }
    if (old) drop(old);
    const start = startOf(offsets, { from: options.from, remembered: remembered.get(partition) });
    if (start.recreated) {
      logger.warn(
        { group: options.group, partition, committed: offsets.committed, end: offsets.end },
        'the topic was deleted and recreated: consuming from its beginning',
      );
    }
    remembered.delete(partition);
    committed.delete(partition);
    if (offsets.committed !== undefined && !start.recreated) committed.set(partition, offsets.committed);
    const reader = createPartitionQueue(options, {
      partition,
      start: start.lost?.from ?? start.offset,
      clock,
      logger,
    });
    readers.set(partition, reader);
    if (start.lost) reportLost(reader, start.offset);
    seek(partition, start.offset);
    return offsets.committed === undefined || start.lost || start.recreated
      ? [[partition, start.offset]]
      : [];
  }

  /** What is gone is reported in its order, and its end is committed: nothing before it can be read again. */
  function reportLost(reader: PartitionQueue, to: number) {
    const from = reader.next();
    logger.warn(
      { group: options.group, partition: reader.partition, from, to },
      `${to - from} records were lost to retention before they were read`,
    );
    reader.skip(to, { partition: reader.partition, from, to, records: to - from });
  }

  const seek = (partition: number, offset: number) =>
    consumer.seek({ topic, partition, offset: String(offset) });

  async function eachBatch({ batch, resolveOffset }: EachBatchPayload) {
    const reader = readers.get(batch.partition);
    if (!reader || !assigned || signal.aborted) return;
    const records = batch.messages
      .map((message) => fromKafka(batch.partition, message))
      .filter((record) => record.offset >= reader.next());
    const first = records[0]?.offset;
    if (first === undefined) {
      if (Number(batch.highWatermark) < reader.next()) end(new Error('the topic was deleted and recreated'));
      else seek(batch.partition, reader.next());
      return;
    }
    if (first > reader.next() && !(await isGone(reader, first))) return seek(batch.partition, reader.next());
    reader.add(records);
    resolveOffset(batch.lastOffset());
    if (records.length > 1 && bytesOf(records) < LITTLE_BYTES)
      await clock.sleep(GATHER_MS, signal).catch(() => {});
    if (await reader.room(ROOM_WAIT_MS)) return;
    // Processing is slower than fetching, or fails: only this partition waits.
    const mine = generation;
    const pausing = [{ topic, partitions: [batch.partition] }];
    consumer.pause(pausing);
    void waitForRoom(reader).then(() => {
      if (mine === generation && assigned && !signal.aborted) consumer.resume(pausing);
    });
  }

  async function waitForRoom(reader: PartitionQueue) {
    while (!signal.aborted && readers.get(reader.partition) === reader && !(await reader.room(60_000)));
  }

  /** A jump in the offsets is a loss only if the cluster has nothing in between. */
  async function isGone(reader: PartitionQueue, first: number): Promise<boolean> {
    try {
      const low = (await parts.offsets()).get(reader.partition)?.low ?? 0;
      if (low <= reader.next() || first <= reader.next()) return false;
      reportLost(reader, first);
      await commitNow([[reader.partition, first]]);
    } catch (error) {
      logger.debug({ group: options.group }, `cannot read the offsets around a gap: ${parts.reason(error)}`);
    }
    return first === reader.next();
  }

  /** Disconnecting while the driver still connects would leave a member behind: both are waited for, within bounds. */
  async function leave() {
    await within(
      SESSION_MS,
      starting.then(() => consumer.disconnect()).catch(() => {}),
    );
  }

  return {
    begun: begun.promise,
    ended: ended.promise,
    readers: () => (assigned ? readers : undefined),
    committed: (partition) => committed.get(partition),
    commit,
    end,
    stop() {
      stopping ??= (async () => {
        abort.abort(new Error('the consumer is stopping'));
        generation++;
        assigned = false;
        for (const reader of [...readers.values()]) drop(reader);
        await Promise.all(draining);
        await leave();
      })();
      return stopping;
    },
  };
}

type Offsets = readonly (readonly [partition: number, offset: number])[];

/** What the group has committed, as far as this member knows, and the commits it makes. */
function createCommits(parts: {
  readonly consumer: Consumer;
  readonly topic: string;
  /** Of the partitions assigned here, the offset to be read next. */
  readonly nextOf: (partition: number) => number | undefined;
  readonly reason: (error: unknown) => string;
}) {
  const { consumer, topic, nextOf } = parts;
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
      throw new ExpectedError('UNAVAILABLE', `the offsets could not be committed: ${parts.reason(error)}`, {
        cause: error,
      });
    }
    // The driver drops a commit silently while it is not running.
    if (behind().length > 0)
      throw new ExpectedError(
        'UNAVAILABLE',
        'the offsets could not be committed yet: this consumer has not joined its group; it is retried',
      );
  }

  return { known, commitNow, commit };
}
