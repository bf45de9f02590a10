// Nothing acknowledged is lost while the network between two brokers is cut, whichever two, and after it is whole again.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { KafkaBus } from '../../src/bus/kafka/bus.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { flows, longUntil, startLoad, textOf } from './kafka-load.ts';
import { freshTopic, openBus, withAdmin } from './kafka-open.ts';

describe('three brokers of Kafka 4.1 whose links are cut', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  let bus: KafkaBus;
  const topic = freshTopic();
  before(async () => {
    cluster = await startKafka({ brokers: 3, links: true });
    bus = await openBus(cluster, { topic, partitions: 12 });
    assert.deepEqual(bus.notes(), []);
  });
  after(async () => {
    await bus?.stop();
    await cluster?.stop();
  });

  /** Of 12 partitions with three replicas each, as the broker that is asked first has it. */
  const inSync = () =>
    withAdmin(cluster, async (admin) => {
      const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
      return topics[0]!.partitions.reduce((sum, { isr }) => sum + isr.length, 0);
    });

  it('acknowledges nothing that is lost, and goes on', async (t) => {
    const { cut, heal } = cluster.links!;
    const seen = new Set<string>();
    const consumer = await bus.consume({
      group: 'reader',
      from: 'earliest',
      async onBatch(records) {
        for (const record of records) seen.add(textOf(record));
      },
      onLost: (lost) => assert.fail(`told a loss that is none: ${JSON.stringify(lost)}`),
    });
    const load = startLoad(bus);
    try {
      await flows(load);
      for (const [name, pairs] of [
        ['0 from 1', [[0, 1]]],
        ['1 from 2', [[1, 2]]],
        // The first in the list goes on answering what was true before.
        [
          '0 from both',
          [
            [0, 1],
            [0, 2],
          ],
        ],
      ] as const) {
        const began = Date.now();
        for (const [a, b] of pairs) cut(a, b);
        await longUntil('a replica is out of sync', async () => (await inSync()) < 36);
        await flows(load, 300);
        t.diagnostic(`${name} cut: 300 more acknowledged after ${Date.now() - began} ms`);
        for (const [a, b] of pairs) heal(a, b);
        await flows(load, 300);
        await longUntil('all replicas are in sync', async () => (await inSync()) === 36);
      }
    } finally {
      await load.stop();
    }
    const missing = () => [...load.acknowledged].filter((text) => !seen.has(text));
    await longUntil('all that was acknowledged', () => missing().length === 0).catch(() => {});
    assert.deepEqual(missing(), []);
    t.diagnostic(`${load.acknowledged.size} acknowledged, ${load.rejected()} calls rejected`);
    await consumer.stop();
  });
});
