// Dead letters on a real topic: several persists write them, anybody lists them in pages.
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { DeadLetter } from '../../src/bus/deadletter.ts';
import { createKafkaDeadLetters } from '../../src/bus/kafka/deadletter.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { freshTopic, withAdmin } from './kafka-open.ts';

const refused = (offset: number, value: number): DeadLetter => ({
  writtenMs: 1_764_032_460_000,
  reason: 'the field usage has another type',
  partition: 3,
  offset,
  receivedMs: 1_764_032_400_000,
  sample: { hostId: '机房-1', timeMs: 1_764_032_400_000, metric: 'cpu.usage', labels: {}, value },
});
const unreadable: DeadLetter = {
  writtenMs: 1,
  reason: 'not a tick batch',
  partition: 1,
  offset: 9,
  receivedMs: 2,
  record: { schema: 7, bytes: Buffer.from([0, 255, 1]) },
};

describe('dead letters on Kafka', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    cluster = await startKafka();
  });
  after(() => cluster?.stop());

  it('are kept for all, in order and in pages, each once', async () => {
    const { partitions: _, ...options } = kafkaOptions.parse({ brokers: [...cluster.addresses] });
    const topic = freshTopic();
    const open = () =>
      createKafkaDeadLetters({ ...options, topic, logger: silentLogger, patienceMs: 20_000 });
    const [one, two] = await Promise.all([open(), open()]);
    after(() => Promise.all([one.stop(), two.stop()]));
    assert.deepEqual(await one.list({ limit: 10 }), { letters: [] });
    await one.put([refused(1, -0), unreadable]);
    await two.put([refused(2, 0.1 + 0.2)]);
    await one.put([refused(1, -0)]);
    const all = await two.list({ limit: 10 });
    assert.deepEqual(all.letters, [refused(1, -0), unreadable, refused(2, 0.1 + 0.2)]);
    assert.equal(all.next, undefined);
    assert.equal(two.stats().kept, 4);
    const first = await one.list({ limit: 2 });
    assert.deepEqual(first.letters, [refused(1, -0), unreadable]);
    const rest = await one.list({ limit: 2, after: first.next! });
    assert.deepEqual(rest.letters[0], refused(2, 0.1 + 0.2));
    await two.settle([unreadable]);
    await one.put([unreadable]);
    assert.deepEqual((await one.list({ limit: 10 })).letters, [refused(1, -0), refused(2, 0.1 + 0.2)]);
    await Promise.all([one.stop(), two.stop()]);
    const again = await open();
    assert.equal((await again.list({ limit: 10 })).letters.length, 2);
    await again.stop();
    const { groups } = await withAdmin(cluster, (admin) => admin.listGroups());
    assert.deepEqual(
      groups.filter(({ groupId }) => groupId.includes('.list.')),
      [],
    );
  });
});
