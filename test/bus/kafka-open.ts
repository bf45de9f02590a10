// Opens the Kafka bus on a running cluster for the suites: a topic of its own each time, quick to notice things.
import { Kafka, logLevel } from 'kafkajs';
import { createKafkaBus, type KafkaBus, type KafkaBusOptions } from '../../src/bus/kafka/bus.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import type { KafkaCluster } from '../servers/kafka.ts';
import type { BusUnderTest } from './contract.ts';

// Backoffs and polls pass ten times as fast.
const fastClock: Clock = {
  ...systemClock,
  sleep: (ms, signal) => systemClock.sleep(ms / 10, signal),
};

let topics = 0;
export const freshTopic = () => `ticks-${process.pid}-${++topics}`;

const opened = new Set<KafkaBus>();

export async function openBus(
  cluster: KafkaCluster,
  more: Partial<KafkaBusOptions> & { topic: string },
): Promise<KafkaBus> {
  const bus = await createKafkaBus({
    ...kafkaOptions.parse({ brokers: [...cluster.addresses] }),
    logger: silentLogger,
    clock: fastClock,
    patienceMs: 20_000,
    ...more,
  });
  opened.add(bus);
  return bus;
}

/** Also those that a failed test left open, without which the process would not end. */
export async function stopBuses(): Promise<void> {
  await Promise.all([...opened].map((bus) => bus.stop()));
}

/** A plain client beside the bus, for what only an operator does. */
export async function withAdmin<T>(
  cluster: KafkaCluster,
  work: (admin: ReturnType<Kafka['admin']>) => Promise<T>,
): Promise<T> {
  const admin = new Kafka({ brokers: [...cluster.addresses], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the records of a partition before an offset, as retention does. */
export const deleteBefore = (
  cluster: KafkaCluster,
  at: { readonly topic: string; readonly partition: number; readonly offset: number },
) =>
  withAdmin(cluster, async (admin) => {
    // The driver needs to have seen the topic.
    await admin.fetchTopicOffsets(at.topic);
    await admin.deleteTopicRecords({
      topic: at.topic,
      partitions: [{ partition: at.partition, offset: String(at.offset) }],
    });
  });

export async function busUnderTest(cluster: KafkaCluster, partitions: number): Promise<BusUnderTest> {
  const topic = freshTopic();
  const open = () => openBus(cluster, { topic, partitions });
  const test = {
    bus: await open(),
    async reopen() {
      await test.bus.stop();
      test.bus = await open();
      return test.bus;
    },
    loseBefore: (partition: number, offset: number) => deleteBefore(cluster, { topic, partition, offset }),
    close: () => test.bus.stop(),
  };
  return test;
}
