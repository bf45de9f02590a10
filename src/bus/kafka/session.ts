// One membership in a consumer group, from join to leave: its assignment and fetched records.
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import { withTimeout } from '../../runtime/timeout.ts';
import { bytesOf } from '../partition-reader.ts';
import { type Assignment, type AssignmentParts, createAssignment } from './assignment.ts';
import type { PartitionQueue } from './partition-queue.ts';
import { fromKafka } from './topic.ts';

export type SessionParts = Omit<AssignmentParts, 'consumer' | 'signal' | 'onBegun'> & {
  readonly kafka: Kafka;
  unanswered(broker: string): void;
};

export type Session = {
  /** Resolves when it consumes for the first time; never when that does not come. */
  readonly begun: Promise<void>;
  /** Resolves with the reason when the session cannot go on. */
  readonly ended: Promise<Error>;
  /** The queues of the partitions assigned here; undefined while there is no assignment. */
  queues(): ReadonlyMap<number, PartitionQueue> | undefined;
  committed(partition: number): number | undefined;
  commit(offsets: ReadonlyMap<number, number>): Promise<void>;
  end(reason: Error): void;
  /** Leaves the group. Aborts running batches and waits for them. Idempotent. */
  stop(): Promise<void>;
};

/** A member that died is noticed after this; shorter, and a long pause of the process would cost it its partitions. */
const SESSION_MS = 10_000;
const CONSUMER_OPTIONS = {
  sessionTimeout: SESSION_MS,
  heartbeatInterval: SESSION_MS / 4,
  rebalanceTimeout: 30_000,
  minBytes: 1,
  // The broker answers the requests of a connection one after the other: a heartbeat waits for the fetch before it, and what
  // comes to other brokers waits for the heartbeat.
  maxWaitTimeInMs: 250,
  allowAutoTopicCreation: false,
  // Long enough for a coordinator to be replaced; after that this session ends and another begins.
  retry: { retries: 8, initialRetryTime: 200, maxRetryTime: 2_000, restartOnFailure: async () => false },
};
const CONCURRENT_PARTITIONS = 64;
/** Well below SESSION_MS: the driver sends its heartbeats between batches only. */
const ROOM_WAIT_MS = 500;
// While records come one after the other, what comes meanwhile is one fetch, one batch and one write to the store
// instead of many. After a record alone, or more than a little at once, there is no wait.
const GATHER_MS = 100;
const LITTLE_BYTES = 128 * 1024;

export function startSession(parts: SessionParts): Session {
  const { topic } = parts;
  const consumer = parts.kafka.consumer({ ...CONSUMER_OPTIONS, groupId: parts.options.group });
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<Error>();
  const abort = new AbortController();
  const { signal } = abort;
  const assignment = createAssignment({ ...parts, consumer, signal, onBegun: begun.resolve });
  const eachBatch = createFetching({ parts, consumer, assignment, signal, end });
  let stopping: Promise<void> | undefined;

  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) =>
    assignment.replace(payload.memberAssignment[topic] ?? []),
  );
  consumer.on(consumer.events.CRASH, ({ payload }) => end(payload.error));
  // The driver would go on asking a broker that hangs, or whose machine is gone, by its outdated metadata.
  consumer.on(consumer.events.REQUEST_TIMEOUT, ({ payload }) => {
    parts.unanswered(payload.broker);
    end(new Error(`broker ${payload.broker} does not answer`));
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

  /** Disconnecting while the driver still connects would leave a member behind: both are waited for, within bounds. */
  async function leave() {
    await withTimeout(
      SESSION_MS,
      starting.then(() => consumer.disconnect()).catch(() => {}),
    );
  }

  return {
    begun: begun.promise,
    ended: ended.promise,
    queues: () => (assignment.active() ? assignment.queues : undefined),
    committed: (partition) => assignment.commits.known.get(partition),
    commit: assignment.commits.commit,
    end,
    stop() {
      stopping ??= (async () => {
        abort.abort(new Error('the consumer is stopping'));
        await assignment.stop();
        await leave();
      })();
      return stopping;
    },
  };
}

/** What the driver calls with each batch that it fetched: into the partition's queue, and no faster than it is processed. */
function createFetching(session: {
  readonly parts: SessionParts;
  readonly consumer: Consumer;
  readonly assignment: Assignment;
  readonly signal: AbortSignal;
  end(reason: Error): void;
}) {
  const { consumer, assignment, signal, end } = session;
  const { topic, options, clock, logger, offsets, reason } = session.parts;
  const isCurrent = (queue: PartitionQueue) => assignment.queues.get(queue.partition) === queue;

  async function eachBatch({ batch, resolveOffset }: EachBatchPayload) {
    const queue = assignment.queues.get(batch.partition);
    if (!queue || !assignment.active() || signal.aborted) return;
    const records = batch.messages
      .map((message) => fromKafka(batch.partition, message))
      .filter((record) => record.offset >= queue.next());
    const first = records[0]?.offset;
    if (first === undefined) {
      if (Number(batch.highWatermark) < queue.next()) end(new Error('the topic was deleted and recreated'));
      else assignment.seek(batch.partition, queue.next());
      return;
    }
    if (first > queue.next() && !(await isGone(queue, first)))
      return assignment.seek(batch.partition, queue.next());
    queue.add(records);
    resolveOffset(batch.lastOffset());
    if (records.length > 1 && bytesOf(records) < LITTLE_BYTES)
      await clock.sleep(GATHER_MS, signal).catch(() => {});
    if (!(await queue.room(ROOM_WAIT_MS))) pauseUntilRoom(queue);
  }

  /** Processing is slower than fetching, or fails: only this partition waits. */
  function pauseUntilRoom(queue: PartitionQueue) {
    const generation = assignment.generation();
    const partition = [{ topic, partitions: [queue.partition] }];
    consumer.pause(partition);
    void waitForRoom(queue).then(() => {
      if (generation === assignment.generation() && assignment.active() && !signal.aborted)
        consumer.resume(partition);
    });
  }

  async function waitForRoom(queue: PartitionQueue) {
    while (!signal.aborted && isCurrent(queue) && !(await queue.room(60_000)));
  }

  /** A jump in the offsets is a loss only if the cluster has nothing in between. */
  async function isGone(queue: PartitionQueue, first: number): Promise<boolean> {
    try {
      const low = (await offsets()).get(queue.partition)?.low ?? 0;
      if (low <= queue.next() || first <= queue.next()) return false;
      assignment.reportLost(queue, first);
      await assignment.commits.commitNow([[queue.partition, first]]);
    } catch (error) {
      logger.debug({ group: options.group }, `cannot read the offsets around a gap: ${reason(error)}`);
    }
    return first === queue.next();
  }

  return eachBatch;
}
