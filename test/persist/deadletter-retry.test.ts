// Dead letters are retried over the bus: stored once what refused them is mended, listed again while it is not.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, type TestContext, test } from 'node:test';
import { BUS_SCHEMA, type Bus, type BusRecord } from '../../src/bus/bus.ts';
import type { DeadLetters } from '../../src/bus/deadletter.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { createKafkaDeadLetters } from '../../src/bus/kafka/deadletter.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { createDeadLetterService } from '../../src/daemons/persist/dead-letters.ts';
import { createPersistService, PERSIST_GROUP } from '../../src/daemons/persist/service.ts';
import { ExpectedError } from '../../src/domain/errors.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { freshTopic, openBus, stopBuses } from '../bus/kafka-open.ts';
import { directory, NOW, owned, tick } from '../report/ticks.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { decodeBatch } from '../tick-batch.ts';
import { until } from '../until.ts';
import { createRecordingStore } from './recording-store.ts';

type Backends = { readonly bus: Bus; readonly deadLetters: DeadLetters };

async function openEmbedded(): Promise<Backends> {
  const path = directory();
  const bus = await createEmbeddedBus({
    directory: join(path, 'bus'),
    clock: systemClock,
    logger: silentLogger,
  });
  return {
    bus: owned(bus),
    deadLetters: owned(createEmbeddedDeadLetters({ directory: path, logger: silentLogger })),
  };
}

async function persistOn(t: TestContext, { bus, deadLetters }: Backends) {
  const recording = createRecordingStore();
  const parts = { bus, deadLetters, clock: systemClock, logger: silentLogger };
  const persist = createPersistService({
    ...parts,
    store: recording.store,
    metrics: createMetrics('persist'),
  });
  await persist.start();
  // Not later: on Kafka the next test's persist is in the same group, with another topic.
  t.after(() => persist.stop());
  const read = () =>
    until('everything is read', async () =>
      (await bus.lag(PERSIST_GROUP)).every(({ unread }) => unread === 0),
    );
  const publish = async (...ticks: ReturnType<typeof tick>[]) => {
    const messages = ticks.map((one) => ({
      partition: 0,
      receivedMs: NOW,
      bytes: encodeBatch([encodeTick(one)]),
    }));
    await bus.publish(messages);
    await read();
  };
  const service = createDeadLetterService(parts);
  const listed = async (selection = {}) =>
    (await service.listDeadLetters(selection)).letters.map(
      ({ sample, reason }) => `${sample?.hostId} ${sample?.metric}: ${reason}`,
    );
  return { ...parts, recording, read, publish, service, listed };
}

const kept = { metric: 'disk.usage', labels: { mount: '/数据' }, value: 5e-324 };

function contract(open: () => Promise<Backends>) {
  test('a sample is stored with every bit once the store accepts it, and leaves the list', async (t) => {
    const persist = await persistOn(t, await open());
    persist.recording.refusedMetric = 'disk.usage';
    await persist.publish(tick({ samples: [kept] }), tick({ hostId: 'web-2', samples: [kept] }));
    assert.deepEqual(await persist.listed(), [
      'web-1 disk.usage: type conflict',
      'web-2 disk.usage: type conflict',
    ]);
    assert.deepEqual(await persist.listed({ host: 'web-2' }), ['web-2 disk.usage: type conflict']);
    assert.deepEqual(await persist.listed({ reason: 'schema' }), []);
    persist.recording.refusedMetric = '';
    const answer = await persist.service.retryDeadLetters({ host: 'web-1' });
    assert.deepEqual(answer, { retried: 1, skipped: 0, more: false });
    await persist.read();
    assert.deepEqual([...persist.recording.samples.values()], [5e-324]);
    assert.deepEqual(await persist.listed(), ['web-2 disk.usage: type conflict']);
  });

  test('a sample that is rejected again is listed again, once', async (t) => {
    const persist = await persistOn(t, await open());
    persist.recording.refusedMetric = 'disk.usage';
    await persist.publish(tick({ samples: [kept] }));
    for (let i = 0; i < 2; i++) {
      assert.equal((await persist.service.retryDeadLetters({})).retried, 1);
      await persist.read();
      await until('the letter', async () => (await persist.listed()).length === 1);
    }
  });

  test('whoever dies between the bus and the list loses nothing and stores nothing twice', async (t) => {
    const backends = await open();
    const persist = await persistOn(t, backends);
    persist.recording.refusedMetric = 'disk.usage';
    await persist.publish(tick({ samples: [kept] }));
    persist.recording.refusedMetric = '';
    const dying = createDeadLetterService({
      ...persist,
      deadLetters: {
        ...backends.deadLetters,
        settle: () => Promise.reject(new ExpectedError('UNAVAILABLE', 'the process ended')),
      },
    });
    await assert.rejects(dying.retryDeadLetters({}), { code: 'UNAVAILABLE' });
    await persist.read();
    assert.equal(persist.recording.samples.size, 1);
    assert.equal((await persist.listed()).length, 1);
    assert.equal((await persist.service.retryDeadLetters({})).retried, 1);
    await persist.read();
    assert.equal(persist.recording.samples.size, 1);
    assert.deepEqual(await persist.listed(), []);
  });
}

describe('on the embedded bus', () => contract(openEmbedded));

describe('on Kafka', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    cluster = await startKafka();
  });
  after(async () => {
    await stopBuses();
    await cluster?.stop();
  });
  contract(async () => {
    const { partitions: _, ...options } = kafkaOptions.parse({ brokers: [...cluster.addresses] });
    const bus = await openBus(cluster, { topic: freshTopic(), partitions: 2 });
    const more = { topic: freshTopic(), logger: silentLogger, patienceMs: 20_000 };
    return { bus, deadLetters: owned(await createKafkaDeadLetters({ ...options, ...more })) };
  });
});

test('a limit is kept, and the oldest go first', async (t) => {
  const persist = await persistOn(t, await openEmbedded());
  persist.recording.refusedMetric = 'disk.usage';
  const hosts = ['a', 'b', 'c'];
  for (const hostId of hosts) await persist.publish(tick({ hostId, samples: [kept] }));
  assert.equal((await persist.service.listDeadLetters({ limit: 2 })).more, true);
  assert.equal((await persist.service.listDeadLetters({ limit: 3 })).more, false);
  persist.recording.refusedMetric = '';
  assert.deepEqual(await persist.service.retryDeadLetters({ limit: 2 }), {
    retried: 2,
    skipped: 0,
    more: true,
  });
  await persist.read();
  assert.deepEqual(await persist.listed(), ['c disk.usage: type conflict']);
  await assert.rejects(persist.service.listDeadLetters({ limit: 0 }), { code: 'BAD_REQUEST' });
});

test('samples of one host and time are one tick, which no alert is evaluated on; other schemas stay listed', async () => {
  const { bus, deadLetters } = await openEmbedded();
  const published: BusRecord[] = [];
  owned(
    await bus.consume({
      group: 'test',
      from: 'earliest',
      onBatch: async (records) => void published.push(...records),
    }),
  );
  const letter = { writtenMs: NOW, reason: 'r', partition: 0, receivedMs: NOW };
  const sample = { hostId: 'web-1', timeMs: NOW, ...kept };
  await deadLetters.put([
    { ...letter, offset: 1, sample },
    { ...letter, offset: 1, sample: { ...sample, metric: 'cpu.usage', labels: {} } },
    { ...letter, offset: 2, record: { schema: 99, bytes: Buffer.from([1]) } },
    // Of a bus that had more partitions.
    {
      ...letter,
      offset: 3,
      partition: bus.partitions,
      record: { schema: BUS_SCHEMA, bytes: Buffer.from([1, 2]) },
    },
  ]);
  const service = createDeadLetterService({ bus, deadLetters, clock: systemClock });
  assert.deepEqual(await service.retryDeadLetters({}), { retried: 2, skipped: 2, more: false });
  await until('the record', () => published.length === 1);
  const { ticks, backfill } = decodeBatch(published[0]!.bytes);
  assert.equal(backfill, true);
  assert.deepEqual(
    ticks.map(({ hostId, timeMs, samples }) => [hostId, timeMs, samples.length]),
    [['web-1', NOW, 2]],
  );
  const { letters } = await service.listDeadLetters({});
  assert.deepEqual(
    letters.map(({ record }) => record),
    [
      { schema: 99, bytes: 1 },
      { schema: BUS_SCHEMA, bytes: 2 },
    ],
  );
});

test('what was retried before the bus failed is said', async () => {
  const { bus, deadLetters } = await openEmbedded();
  const letters = Array.from({ length: 300 }, (_, offset) => ({
    writtenMs: NOW,
    reason: 'r',
    partition: 0,
    offset,
    receivedMs: NOW,
    sample: { hostId: `web-${offset}`, timeMs: NOW, ...kept },
  }));
  await deadLetters.put(letters);
  let calls = 0;
  const failing: Bus = {
    ...bus,
    publish: (messages) =>
      ++calls > 1 ? Promise.reject(new ExpectedError('BUS_FULL', 'the bus is full')) : bus.publish(messages),
  };
  const service = createDeadLetterService({ bus: failing, deadLetters, clock: systemClock });
  await assert.rejects(service.retryDeadLetters({}), {
    code: 'PARTLY_DONE',
    message: '250 of 300 dead letters were retried: the bus is full',
  });
  assert.equal((await service.listDeadLetters({})).letters.length, 50);
});
