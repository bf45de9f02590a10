// Groups on a real Kafka: members come and go, records and whole topics are deleted, the cluster goes away.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { loadKafka } from '../../src/bus/kafka/driver.ts';
import { startGroup } from '../../src/bus/kafka/group.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger, silentLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { until } from '../until.ts';
import { message, reader } from './contract.ts';
import { longUntil } from './kafka-load.ts';
import { deleteBefore, freshTopic, openBus, stopBuses, withAdmin } from './kafka-open.ts';

describe('groups on Kafka', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    cluster = await startKafka();
  });
  after(async () => {
    await stopBuses();
    await cluster?.stop();
  });

  it('shares the partitions among two and three consumers and loses nothing as they come and go', async () => {
    const topic = freshTopic();
    const buses = await Promise.all([1, 2, 3].map(() => openBus(cluster, { topic, partitions: 6 })));
    const [one, two, three] = await Promise.all([reader(buses[0]!, 'g'), reader(buses[1]!, 'g')]).then(
      async ([a, b]) => [a, b, await reader(buses[2]!, 'g')] as const,
    );
    const all = [one, two, three];
    let round = 0;
    const published: string[] = [];
    /** A round of one record a partition; resolves when each was read, by how many consumers. */
    const nextRound = async () => {
      const tag = `round-${++round}`;
      const before = all.map(({ records }) => records.length);
      const texts = [0, 1, 2, 3, 4, 5].map((partition) => `${tag}-${partition}`);
      await buses[0]!.publish(texts.map((text, partition) => message(partition, text)));
      published.push(...texts);
      await longUntil(tag, () => texts.every((text) => all.some((one) => one.texts().includes(text))));
      return all.filter(({ records }, i) => records.length > before[i]!).length;
    };
    await longUntil('all three to read', async () => (await nextRound()) === 3);
    const lags = await Promise.all(all.map(({ consumer }) => consumer.lag()));
    assert.deepEqual(
      lags
        .flat()
        .map(({ partition }) => partition)
        .sort(),
      [0, 1, 2, 3, 4, 5],
    );
    // Of the whole group, so that a partition that lost its reader is seen by the others: there by what is committed.
    const own = new Set(lags[0]!.map(({ partition }) => partition));
    for (const { partition, end, unread } of await buses[0]!.lag('g')) {
      assert.equal(unread, own.has(partition) ? 0 : end, `partition ${partition}`);
    }
    await three.consumer.stop();
    await longUntil('two to read', async () => (await nextRound()) === 2);
    await two.consumer.stop();
    await longUntil('one to read', async () => (await nextRound()) === 1);
    const seen = new Set(all.flatMap(({ texts }) => texts()));
    assert.deepEqual(
      published.filter((text) => !seen.has(text)),
      [],
    );
    assert.deepEqual(
      all.flatMap(({ lost }) => lost),
      [],
    );
    await Promise.all(buses.map((bus) => bus.stop()));
  });

  it('does not let a member that lost a partition move its offset back', async () => {
    const topic = freshTopic();
    const first = await openBus(cluster, { topic, partitions: 2 });
    const second = await openBus(cluster, { topic, partitions: 2 });
    const old = await reader(first, 'g');
    await first.publish([0, 1].flatMap((partition) => [message(partition, 'a'), message(partition, 'b')]));
    await until('both partitions', () => old.records.length === 4);
    const taken = await reader(second, 'g');
    await longUntil('the other to read', async () => {
      await first.publish([message(0, 'more'), message(1, 'more')]);
      return taken.records.length > 0;
    });
    const partition = taken.records.at(-1)!.partition;
    const next = taken.records.at(-1)!.offset + 1;
    await taken.consumer.commit(new Map([[partition, next]]));
    await old.consumer.commit(new Map([[partition, 1]]));
    assert.equal((await first.lag('g'))[partition]!.committed, next);
    await Promise.all([first.stop(), second.stop()]);
  });

  it('names what retention took from a stopped group, and leaves the other partitions alone', async () => {
    const topic = freshTopic();
    const bus = await openBus(cluster, { topic, partitions: 4 });
    const stopped = await reader(bus, 'minimon.persist');
    await bus.publish(Array.from({ length: 100 }, (_, i) => message(3, `${i}`)));
    await bus.publish([message(1, 'read')]);
    await until('the first hundred', () => stopped.records.length === 101);
    await stopped.consumer.commit(
      new Map([
        [3, 100],
        [1, 1],
      ]),
    );
    await stopped.consumer.stop();
    await bus.publish(Array.from({ length: 400 }, (_, i) => message(3, `${100 + i}`)));
    await bus.publish([message(1, 'unread')]);
    await deleteBefore(cluster, { topic, partition: 3, offset: 300 });
    const again = await reader(bus, 'minimon.persist');
    await until('what is left', () => again.records.length === 201);
    assert.deepEqual(again.lost, [{ partition: 3, from: 100, to: 300, records: 200 }]);
    assert.deepEqual(
      again.records.filter(({ partition }) => partition === 1).map(({ offset }) => offset),
      [1],
    );
    assert.equal(again.records.find(({ partition }) => partition === 3)!.offset, 300);
    assert.equal((await again.consumer.lag())[3]!.committed, 300);
    await bus.stop();
  });

  it('reports what retention deletes before a slow group has read it', async () => {
    const topic = freshTopic();
    const bus = await openBus(cluster, { topic, partitions: 1 });
    let open = () => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = await reader(bus, 'g', {
      maxBytes: 1_000,
      async onBatch(records) {
        await gate;
        slow.records.push(...records);
      },
    });
    // More than the consumer holds: it fetches at most 1 MiB of a partition at once. The bytes do not compress.
    for (let i = 0; i < 40; i++) {
      const bytes = crypto.getRandomValues(new Uint8Array(60_000));
      await bus.publish([{ partition: 0, bytes, receivedMs: 1 }]);
    }
    await deleteBefore(cluster, { topic, partition: 0, offset: 39 });
    open();
    await longUntil('the newest', () => slow.records.at(-1)?.offset === 39);
    const lost = slow.lost.reduce((sum, gap) => sum + gap.records, 0);
    assert.ok(lost > 0);
    assert.equal(slow.records.length + lost, 40);
    await bus.stop();
  });

  it('reads a topic that was deleted and recreated from its beginning, stopped or running, and says why', async () => {
    for (const running of [false, true]) {
      const topic = freshTopic();
      const output = new PassThrough();
      let log = '';
      output.on('data', (chunk) => {
        log += chunk;
      });
      const logger = await createLogger({ level: 'warn', format: 'json' }, output);
      const bus = await openBus(cluster, { topic, partitions: 1, logger, progressMs: 6_000 });
      const seen = await reader(bus, 'g', { from: 'latest' });
      for (let i = 0; i < 5; i++)
        await bus.publish(Array.from({ length: 100 }, (_, j) => message(0, `old ${i} ${j}`)));
      await until('all of the old', () => seen.records.length === 500);
      await seen.consumer.commit(new Map([[0, 500]]));
      if (!running) await seen.consumer.stop();
      await withAdmin(cluster, (admin) => admin.deleteTopics({ topics: [topic] }));
      await longUntil('the topic to be recreated and written', () =>
        bus.publish(Array.from({ length: 10 }, (_, i) => message(0, `new ${i}`))).then(
          () => true,
          () => false,
        ),
      );
      // What a stopped group had committed went with the topic; its next start is a first start.
      const again = running ? seen : await reader(bus, 'g', { from: 'earliest' });
      const fresh = () => new Set(again.texts().filter((text) => text.startsWith('new')));
      await longUntil('all of the new', () => fresh().size === 10);
      assert.match(log, /the topic was deleted; recreating it/);
      // A place of the old topic must not become one of the new: what lies before it would be skipped.
      await again.consumer.commit(new Map([[0, 500]]));
      assert.equal((await again.consumer.lag())[0]!.committed, 0);
      await bus.stop();
    }
  });

  it('reads from the beginning where the committed offset is after the end, and says why', async () => {
    const topic = freshTopic();
    const output = new PassThrough();
    let log = '';
    output.on('data', (chunk) => {
      log += chunk;
    });
    const logger = await createLogger({ level: 'warn', format: 'json' }, output);
    const bus = await openBus(cluster, { topic, partitions: 1, logger });
    await bus.publish(Array.from({ length: 10 }, (_, i) => message(0, `new ${i}`)));
    await withAdmin(cluster, (admin) =>
      admin.setOffsets({ groupId: 'minimon.warn', topic, partitions: [{ partition: 0, offset: '500' }] }),
    );
    const seen = await reader(bus, 'minimon.warn', { from: 'latest' });
    await until('all ten', () => seen.records.length === 10);
    assert.match(log, /the topic was deleted and recreated: consuming from its beginning/);
    assert.equal((await seen.consumer.lag())[0]!.committed, 0);
    await bus.stop();
  });

  it('reads a record that minimon did not write as one of schema 0, and continues', async () => {
    const topic = freshTopic();
    const bus = await openBus(cluster, { topic, partitions: 1 });
    const { kafka } = await loadKafka(kafkaOptions.parse({ brokers: [...cluster.addresses] }), silentLogger);
    const producer = kafka.producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'foreign' }, { value: null }] });
    await producer.disconnect();
    await bus.publish([message(0, 'ours')]);
    const seen = await reader(bus, 'g');
    await until('all three', () => seen.records.length === 3);
    assert.deepEqual(
      seen.records.map(({ schema }) => schema),
      [0, 0, 1],
    );
    assert.ok(seen.records.every(({ receivedMs }) => receivedMs > 0));
    await bus.stop();
  });

  it('replaces a consumer that makes no progress, and gives up when that does not help', async () => {
    const topic = freshTopic();
    const bus = await openBus(cluster, { topic, partitions: 1 });
    const { kafka, reason, unanswered } = await loadKafka(
      kafkaOptions.parse({ brokers: [...cluster.addresses] }),
      silentLogger,
    );
    const dead = Promise.withResolvers<Error>();
    // The cluster seems to have a record that never arrives.
    const place = { low: 0, end: 1, committed: 0, reset: false };
    const group = startGroup({
      kafka,
      topic,
      options: { group: 'g', from: 'earliest', onBatch: async () => {}, onDead: dead.resolve },
      clock: systemClock,
      logger: silentLogger,
      progressMs: 600,
      offsets: async () => new Map([[0, place]]),
      reason,
      unanswered,
    });
    assert.match((await dead.promise).message, /no progress for 0.6 s/);
    await group.stop();
    await bus.stop();
  });

  it('says what is weak about a topic and refuses to publish where the replicas are too few', async () => {
    const topic = freshTopic();
    await withAdmin(cluster, (admin) =>
      admin.createTopics({
        topics: [
          {
            topic,
            numPartitions: 2,
            replicationFactor: 1,
            configEntries: [
              { name: 'min.insync.replicas', value: '2' },
              { name: 'retention.ms', value: '3600000' },
              { name: 'cleanup.policy', value: 'compact' },
            ],
          },
        ],
      }),
    );
    const bus = await openBus(cluster, { topic, partitions: 12 });
    assert.equal(bus.partitions, 2);
    for (const sentence of [
      /1 broker\(s\); with fewer than 3/,
      /keeps records 3600000 ms/,
      /compacted/,
      /2 partitions, 12/,
    ])
      assert.ok(
        bus.notes().some((note) => sentence.test(note)),
        `${sentence} in ${bus.notes().join('; ')}`,
      );
    assert.match(bus.unhealthy() ?? '', /fewer in-sync replicas than min.insync.replicas/);
    await assert.rejects(bus.publish([message(0, 'a')]), { kind: 'unavailable' });
    await bus.stop();
  });
});
