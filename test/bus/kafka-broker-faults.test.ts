// Nothing acknowledged is lost while brokers are killed, stopped and frozen under load, on both kinds of cluster.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KafkaBus } from '../../src/bus/kafka/bus.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, type KafkaOptions, startKafka } from '../servers/kafka.ts';
import { flows, longUntil, startLoad, textOf } from './kafka-load.ts';
import { freshTopic, openBus, withAdmin } from './kafka-open.ts';

const CLUSTERS = [
  ['kafka', 'three brokers of Kafka 4.1', { version: '4.1.1', brokers: 3 }],
  ['kafka-zookeeper', 'three brokers of Kafka 3.9', { version: '3.9.1', brokers: 3 }],
] as const satisfies readonly (readonly [string, string, KafkaOptions])[];

for (const [server, name, options] of CLUSTERS) {
  describe(`the bus on ${name}`, { skip: skipReason(server) }, () => {
    let cluster: KafkaCluster;
    let bus: KafkaBus;
    before(async () => {
      cluster = await startKafka(options);
      bus = await openBus(cluster, { topic: freshTopic(), partitions: 12 });
      assert.deepEqual(bus.notes(), []);
    });
    after(async () => {
      await bus?.stop();
      await cluster?.stop();
    });

    it('loses nothing that it acknowledged, whatever happens to a broker', async (t) => {
      const seen = new Map<string, number>();
      const consumer = await bus.consume({
        group: 'reader',
        from: 'earliest',
        async onBatch(records) {
          for (const record of records) seen.set(textOf(record), (seen.get(textOf(record)) ?? 0) + 1);
        },
        onLost: (lost) => assert.fail(`told a loss that is none: ${JSON.stringify(lost)}`),
      });
      const load = startLoad(bus);
      try {
        await flows(load);
        for (const [fault, heal, broker] of [
          ['SIGKILL', 'restart', 0],
          ['SIGTERM', 'restart', 1],
          ['SIGSTOP', 'SIGCONT', 2],
          ['SIGKILL', 'restart', await coordinatorOf(cluster, 'reader')],
        ] as const) {
          const began = Date.now();
          await cluster.kill(fault, broker);
          await flows(load, 300);
          if (fault === 'SIGKILL') {
            await longUntil('a note of the lost broker', () => /has 2 broker/.test(bus.notes().join()));
            t.diagnostic(`named after ${Date.now() - began} ms`);
          }
          t.diagnostic(`${fault} of broker ${broker}: 300 more acknowledged after ${Date.now() - began} ms`);
          if (heal === 'restart') await cluster.restart(broker);
          else await cluster.kill(heal, broker);
          await flows(load, 300);
        }
      } finally {
        await load.stop();
      }
      const missing = () => [...load.acknowledged].filter((text) => !seen.has(text));
      await longUntil('all that was acknowledged', () => missing().length === 0).catch(() => {});
      assert.deepEqual(missing(), []);
      await longUntil('nothing unread', async () =>
        (await consumer.lag()).every(({ unread }) => unread === 0),
      );
      const twice = [...seen.values()].filter((count) => count > 1).length;
      t.diagnostic(
        `${load.acknowledged.size} acknowledged, ${load.rejected()} calls rejected, ${twice} came twice`,
      );
      await consumer.stop();
    });
  });
}

/** Index of the broker that leads the group. */
async function coordinatorOf(cluster: KafkaCluster, group: string): Promise<number> {
  const partition = Math.abs(hashOf(group)) % 4;
  const { topics } = await withAdmin(cluster, (admin) =>
    admin.fetchTopicMetadata({ topics: ['__consumer_offsets'] }),
  );
  const { leader } = topics[0]!.partitions.find(({ partitionId }) => partitionId === partition)!;
  return cluster.nodeIds.indexOf(leader);
}

/** Java's hash of a string, by which Kafka places groups. */
const hashOf = (text: string) =>
  [...text].reduce((hash, char) => (Math.imul(31, hash) + char.charCodeAt(0)) | 0, 0);
