// The bus of many processes: a Kafka topic. What is published is confirmed by all in-sync replicas.
import { randomUUID } from 'node:crypto';
import type { Admin } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import { type Clock, systemClock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';
import type { Bus, BusConsumer, BusReader, ConsumeOptions, ReadOptions } from '../bus.ts';
import { type Client, createClient, loadKafka } from './driver.ts';
import { type Group, type GroupParts, startGroup } from './group.ts';
import { lagOf, type PartitionOffsets, readOffsets } from './offsets.ts';
import type { KafkaOptions } from './options.ts';
import { createPublisher } from './publisher.ts';
import { startTopicWatch } from './topic-watch.ts';

export type KafkaBusOptions = KafkaOptions & {
  readonly logger: Logger;
  readonly clock?: Clock;
  /** How long the making of the bus and of a consumer waits for Kafka before it goes on without. Default 5 s. */
  readonly patienceMs?: number;
  /** Default 8 s. */
  readonly publishTimeoutMs?: number;
  /** Default 60 s. */
  readonly progressMs?: number;
};

export type KafkaBus = Bus & {
  /** What is weak about the topic or the cluster, as sentences for readyz. */
  notes(): readonly string[];
  /** Removes the offsets of a group without members: for readers that read once. */
  forget(group: string): Promise<void>;
};

/**
 * Resolves also while Kafka cannot be reached: unhealthy() says so, publish is refused, consumers begin when it is there.
 * `partitions` is then what the options say; should the topic turn out to have another number, unhealthy() asks for it.
 */
export async function createKafkaBus(options: KafkaBusOptions): Promise<KafkaBus> {
  const { logger, clock = systemClock, patienceMs = 5_000, progressMs = 60_000 } = options;
  const { kafka, gzip, partitioner, reason, unanswered } = await loadKafka(options, logger);
  const admin = createClient(() => kafka.admin(), unanswered);
  const producer = createClient(
    () =>
      kafka.producer({
        allowAutoTopicCreation: false,
        createPartitioner: partitioner,
        // The publisher repeats by itself: only it knows what was confirmed.
        retry: { retries: 0 },
        maxInFlightRequests: 8,
      }),
    unanswered,
  );
  const watch = startTopicWatch({ admin, freshAdmin: () => kafka.admin(), options, clock, logger, reason });
  const publisher = createPublisher({
    producer,
    topic: options.topic,
    gzip,
    clock,
    logger,
    leaderOf: watch.leaderOf,
    onFailure: watch.pollNow,
    reason,
    timeoutMs: options.publishTimeoutMs ?? 8_000,
  });
  const groups = createGroups({
    kafka,
    unanswered,
    admin,
    clock,
    logger,
    progressMs,
    patienceMs,
    topic: options.topic,
    reason,
  });
  let stopping: Promise<void> | undefined;
  await withTimeout(patienceMs, watch.seen);
  const partitions = watch.state()?.partitions.length ?? options.partitions;

  function unhealthy(): string | undefined {
    if (stopping) return 'the bus is stopping';
    const found = watch.state()?.partitions.length;
    if (found !== undefined && found !== partitions) {
      return `topic ${options.topic} has ${found} partitions, this process began with ${partitions}: restart it`;
    }
    return watch.unhealthy();
  }

  return {
    partitions,
    async publish(messages) {
      const why = unhealthy();
      if (why)
        throw new ExpectedError('UNAVAILABLE', why, {
          hint: 'Agents buffer ticks in their spool.',
        });
      await publisher.publish(messages);
    },
    consume: groups.consume,
    read: groups.read,
    lag: groups.lag,
    // What only the publisher knows does not keep it from trying: a confirmation ends it.
    unhealthy: (of) => unhealthy() ?? publisher.unhealthy() ?? (of && publisher.unhealthy(of)),
    forget: groups.forget,
    notes() {
      const some = publisher.unhealthy(Array.from({ length: partitions }, (_, partition) => partition));
      return [...(watch.state()?.shortcomings ?? []), ...(some ? [some] : [])];
    },
    stop() {
      stopping ??= (async () => {
        await groups.stop();
        await publisher.stop();
        await watch.stop();
        await Promise.all([producer.stop(), admin.stop()]);
      })();
      return stopping;
    },
  };
}

/** The groups that this process reads in, each with its consumer. */
function createGroups(
  parts: Omit<GroupParts, 'options' | 'offsets'> & {
    readonly admin: Client<Admin>;
    readonly patienceMs: number;
  },
) {
  const { admin, topic, patienceMs, reason } = parts;
  const groups = new Map<Group, string>();

  const offsetsOf = (group: string) => admin.use((client) => readOffsets(client, { topic, group }));

  async function start(options: ConsumeOptions, offsets: GroupParts['offsets']): Promise<Group> {
    const group = startGroup({ ...parts, options, offsets });
    groups.set(group, options.group);
    await withTimeout(patienceMs, group.begun);
    return group;
  }

  async function stop(group: Group): Promise<void> {
    await group.stop();
    groups.delete(group);
  }

  async function forget(group: string): Promise<void> {
    await admin.use((client) => client.deleteGroups([group]));
  }

  async function orUnavailable<T>(ask: () => Promise<T>): Promise<T> {
    try {
      return await ask();
    } catch (cause) {
      const message = `cannot read the consumer offsets from Kafka: ${reason(cause)}`;
      throw new ExpectedError('UNAVAILABLE', message, { cause });
    }
  }

  return {
    async consume(options: ConsumeOptions): Promise<BusConsumer> {
      const group = await start(options, () => offsetsOf(options.group));
      return { commit: group.commit, lag: () => orUnavailable(group.lag), stop: () => stop(group) };
    },
    async read({ name, offsets, ...options }: ReadOptions): Promise<BusReader> {
      // The driver reads in groups only: this one is the reader's alone, so that all partitions are its.
      const own = `${name}.${randomUUID()}`;
      const group = await start({ ...options, group: own, from: 'earliest' }, async () =>
        withBeginning(await offsetsOf(own), offsets),
      );
      return {
        lag: () => orUnavailable(group.lag),
        async stop() {
          await stop(group);
          await forget(own).catch(() => {});
        },
      };
    },
    lag: (name: string) =>
      orUnavailable(async () => {
        const read = [...groups].flatMap(([group, its]) => (its === name ? [...group.positions()] : []));
        return lagOf(await offsetsOf(name), new Map(read));
      }),
    forget,
    async stop() {
      await Promise.all([...groups.keys()].map((group) => group.stop()));
    },
  };
}

/** A partition of which nothing is committed begins where the reader says. */
const withBeginning = (
  found: ReadonlyMap<number, PartitionOffsets>,
  beginning: ReadonlyMap<number, number>,
): ReadonlyMap<number, PartitionOffsets> =>
  new Map(
    [...found].map(([partition, offsets]) => [
      partition,
      { ...offsets, committed: offsets.committed ?? beginning.get(partition) },
    ]),
  );
