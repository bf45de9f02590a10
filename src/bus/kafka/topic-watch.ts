// Polls the cluster: whether the topic exists, has leaders, and can be written.
import type { Admin } from 'kafkajs';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { Client } from './driver.ts';
import type { KafkaOptions } from './options.ts';
import { createTopic, describePartitions, describeTopic, type TopicState } from './topic.ts';

export type TopicWatch = {
  /** Resolves when the topic was seen for the first time. */
  readonly seen: Promise<void>;
  /** The topic's partitions; undefined before it was seen. */
  state(): TopicState | undefined;
  unhealthy(): string | undefined;
  /** Node id of the leader as last seen, -1 when unknown. */
  leaderOf(partition: number): number;
  /** Polls again now: something went wrong elsewhere. */
  pollNow(): void;
  stop(): Promise<void>;
};

// Brokers come and go, and operators repair a topic's settings.
const DESCRIBE_EVERY_MS = 60_000;
const POLL_EVERY_MS = { healthy: 5_000, unhealthy: 1_000 };

export type TopicWatchParts = {
  readonly admin: Client<Admin>;
  /** One that has not seen the topic: the driver creates no topic whose absence it has met. */
  freshAdmin(): Admin;
  readonly options: KafkaOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  reason(error: unknown): string;
};

export function startTopicWatch(parts: TopicWatchParts): TopicWatch {
  const { options, clock, logger } = parts;
  const abort = new AbortController();
  const topic = createTopicPoll(parts);
  let reason: string | undefined = `Kafka at ${options.brokers.join(', ')} was not reached yet`;
  let failures = 0;
  let wake = () => {};
  const loop = run();

  async function run() {
    while (!abort.signal.aborted) {
      let found: string | undefined;
      try {
        found = await parts.admin.use(topic.poll);
        failures = 0;
      } catch (error) {
        failures++;
        found = `Kafka at ${options.brokers.join(', ')} cannot be used: ${parts.reason(error)}`;
      }
      if (abort.signal.aborted) return;
      // While a leader moves, one poll in a row fails; that is no outage yet.
      if (found === undefined || failures !== 1 || !topic.state()) setReason(found);
      await pause(found === undefined ? POLL_EVERY_MS.healthy : POLL_EVERY_MS.unhealthy);
    }
  }

  function setReason(next: string | undefined) {
    if (next === reason) return;
    if (next !== undefined) logger.warn(next);
    else logger.info({ topic: options.topic }, 'Kafka is reachable');
    reason = next;
  }

  async function pause(ms: number) {
    const woken = new AbortController();
    wake = () => woken.abort();
    await clock.sleep(ms, AbortSignal.any([abort.signal, woken.signal])).catch(() => {});
    // However many failures there are elsewhere, one poll in a tenth of a second.
    await clock.sleep(100, abort.signal).catch(() => {});
  }

  return {
    seen: topic.seen,
    state: topic.state,
    unhealthy: () => reason,
    leaderOf: topic.leaderOf,
    pollNow: () => wake(),
    async stop() {
      abort.abort(new Error('the bus is stopping'));
      wake();
      await loop;
    },
  };
}

/** What one look at the topic finds; creates it when it is not there. */
function createTopicPoll(parts: TopicWatchParts) {
  const { options, clock, logger } = parts;
  const leaders = new Map<number, number>();
  const seen = Promise.withResolvers<void>();
  let state: TopicState | undefined;
  let describeAt = 0;

  /** Resolves with why nothing can be published. */
  async function poll(admin: Admin): Promise<string | undefined> {
    let partitions = await describePartitions(admin, options.topic);
    if (!partitions) {
      if (state) logger.warn({ topic: options.topic }, 'the topic was deleted; recreating it');
      state = undefined;
      await create();
      partitions = await describePartitions(admin, options.topic);
      if (!partitions) return `topic ${options.topic} is being created`;
    }
    for (const { partition, leader } of partitions) leaders.set(partition, leader);
    const known = state;
    if (known && isAsBefore(known, partitions) && clock.monotonicMs() < describeAt) {
      state = { ...known, partitions };
    } else {
      state = await describeTopic(admin, { options, partitions });
      describeAt = clock.monotonicMs() + DESCRIBE_EVERY_MS;
      for (const shortcoming of state.shortcomings)
        if (!known?.shortcomings.includes(shortcoming)) logger.warn({ topic: options.topic }, shortcoming);
      seen.resolve();
    }
    return unwritable(options.topic, state);
  }

  async function create() {
    const admin = parts.freshAdmin();
    try {
      await admin.connect();
      await createTopic(admin, options);
    } finally {
      await admin.disconnect().catch(() => {});
    }
  }

  return {
    poll,
    seen: seen.promise,
    state: () => state,
    leaderOf: (partition: number) => leaders.get(partition) ?? -1,
  };
}

/** With as many partitions, and replicas in sync, as before: a lost broker shows at once, not with the next look at the settings. */
const isAsBefore = (known: TopicState, partitions: TopicState['partitions']): boolean =>
  known.partitions.length === partitions.length &&
  partitions.every(({ inSync }, i) => inSync === known.partitions[i]!.inSync);

/** Only what keeps every partition from being written: while one leader moves, the others' hosts go on. */
function unwritable(topic: string, { minInSync, partitions }: TopicState): string | undefined {
  if (partitions.every(({ leader }) => leader < 0)) return `topic ${topic} has no leaders`;
  if (partitions.every(({ inSync }) => inSync < minInSync))
    return `topic ${topic} has fewer in-sync replicas than min.insync.replicas (${minInSync}) asks for`;
  return undefined;
}
