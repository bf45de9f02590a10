// Publishing checks every confirmation. The stub answers as kafkajs was seen to: resolving without some partitions.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message, Producer, ProducerRecord, RecordMetadata } from 'kafkajs';
import { createPublisher } from '../../src/bus/kafka/publisher.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { message } from './contract.ts';

type Send = (record: ProducerRecord) => Promise<RecordMetadata[]>;

function publisher(send: Send, more: { timeoutMs?: number; leaderOf?: (partition: number) => number } = {}) {
  const sent: string[][] = [];
  const producer = {
    send: (record: ProducerRecord) => {
      sent.push(record.messages.map(textOf));
      return send(record);
    },
  } as Producer;
  const made = createPublisher({
    producer: { use: (work) => work(producer), stop: async () => {} },
    topic: 'ticks',
    gzip: 1,
    clock: systemClock,
    logger: silentLogger,
    leaderOf: () => 1,
    onFailure: () => {},
    reason: String,
    timeoutMs: 5_000,
    ...more,
  });
  return { ...made, sent };
}

const textOf = ({ value }: Message) => String(value);
const confirm = (partitions: Iterable<number>): RecordMetadata[] =>
  [...new Set(partitions)].map((partition) => ({ topicName: 'ticks', partition, errorCode: 0 }));
const partitionsOf = (record: ProducerRecord) => record.messages.map(({ partition }) => partition!);

test('a partition that the reply leaves out is sent again before the publish resolves', async () => {
  let sends = 0;
  const { publish, sent, stop } = publisher(async (record) => {
    const left = ++sends === 1 ? [2] : [];
    return confirm(partitionsOf(record).filter((partition) => !left.includes(partition)));
  });
  await publish([message(0, 'a'), message(2, 'b'), message(2, 'c')]);
  assert.deepEqual(sent, [
    ['a', 'b', 'c'],
    ['b', 'c'],
  ]);
  await stop();
});

test('a send that fails is repeated whole', async () => {
  let sends = 0;
  const { publish, sent, stop } = publisher(async (record) => {
    if (++sends === 1) throw new Error('the connection was closed');
    return confirm(partitionsOf(record));
  });
  await publish([message(0, 'a'), message(1, 'b')]);
  assert.deepEqual(sent, [
    ['a', 'b'],
    ['a', 'b'],
  ]);
  await stop();
});

test('what is never confirmed is rejected as unavailable and not sent for ever', async () => {
  const { publish, sent, stop } = publisher(async () => [], { timeoutMs: 200 });
  await assert.rejects(publish([message(0, 'a')]), {
    kind: 'unavailable',
    message: /left out some partitions/,
  });
  await publish([]);
  await until('the last attempt', () => sent.length > 0);
  await stop();
});

test('ticks that Kafka refuses for good are not repeated', async () => {
  const refusal = Object.assign(new Error('too large'), { type: 'MESSAGE_TOO_LARGE' });
  const { publish, sent, stop } = publisher(async () => {
    throw refusal;
  });
  await assert.rejects(publish([message(0, 'a')]), { kind: 'unavailable', message: /refuses the ticks/ });
  assert.equal(sent.length, 1);
  await stop();
});

test('what is published in one turn goes out in one send, and what comes meanwhile in the next', async () => {
  const gates: (() => void)[] = [];
  const { publish, sent, stop } = publisher(async (record) => {
    await new Promise<void>((resolve) => gates.push(resolve));
    return confirm(partitionsOf(record));
  });
  const first = [publish([message(0, 'a')]), publish([message(1, 'b')])];
  await until('the first send', () => gates.length === 1);
  const second = [publish([message(0, 'c')]), publish([message(0, 'd')])];
  gates[0]!();
  await Promise.all(first);
  await until('the second send', () => gates.length === 2);
  gates[1]!();
  await Promise.all(second);
  assert.deepEqual(sent, [
    ['a', 'b'],
    ['c', 'd'],
  ]);
  await stop();
});

test('a leader that does not answer holds up its own partitions only', async () => {
  const gate = Promise.withResolvers<void>();
  const { publish, stop } = publisher(
    async (record) => {
      if (partitionsOf(record).includes(1)) await gate.promise;
      return confirm(partitionsOf(record));
    },
    { leaderOf: (partition) => partition },
  );
  const slow = publish([message(1, 'slow')]);
  await publish([message(0, 'quick')]);
  await publish([message(0, 'quick again')]);
  gate.resolve();
  await slow;
  await stop();
});

test('a stop rejects what still waits', async () => {
  const { publish, stop } = publisher(async () => {
    throw new Error('no broker');
  });
  const waiting = assert.rejects(publish([message(0, 'a')]), { kind: 'unavailable', message: /stopping/ });
  await new Promise(setImmediate);
  await stop();
  await waiting;
  await assert.rejects(publish([message(0, 'b')]), { kind: 'unavailable' });
});

test('a partition that confirms nothing for too long is a fault until it confirms again', async () => {
  let works = true;
  const { publish, unhealthy, stop } = publisher(
    async (record) => {
      if (works) return confirm(partitionsOf(record));
      throw new Error('not enough replicas');
    },
    { timeoutMs: 1_000 },
  );
  await publish([message(3, 'a')]);
  assert.equal(unhealthy(), undefined);
  works = false;
  await assert.rejects(publish([message(3, 'b')]), { kind: 'unavailable' });
  await until('the fault', () => unhealthy() !== undefined);
  assert.match(unhealthy()!, /nothing on partition 3 for over 1 s: .*not enough replicas/);
  works = true;
  await until('a confirmation', () =>
    publish([message(3, 'c')]).then(
      () => true,
      () => false,
    ),
  );
  assert.equal(unhealthy(), undefined);
  await stop();
});

test('a partition that confirms nothing is the fault of its own hosts only, while another one confirms', async () => {
  const { publish, unhealthy, stop } = publisher(
    async (record) => {
      const partitions = partitionsOf(record).filter((partition) => partition !== 3);
      if (partitions.length === 0) throw new Error('not enough replicas');
      return confirm(partitions);
    },
    { timeoutMs: 1_000 },
  );
  await assert.rejects(publish([message(3, 'a'), message(2, 'a')]), { kind: 'unavailable' });
  await until('the fault', () => unhealthy([3]) !== undefined);
  await publish([message(2, 'b')]);
  assert.equal(unhealthy(), undefined);
  assert.equal(unhealthy([1, 2]), undefined);
  assert.match(unhealthy([2, 3])!, /nothing on partition 3 for over 1 s/);
  await stop();
});

test('a fault ends although nobody publishes', async () => {
  const { publish, unhealthy, stop } = publisher(() => Promise.reject(new Error('the broker is gone')), {
    timeoutMs: 1_000,
  });
  await assert.rejects(publish([message(3, 'a')]), { kind: 'unavailable' });
  await until('the fault', () => unhealthy() !== undefined);
  await until('its end', () => unhealthy() === undefined);
  await stop();
});

test('what is sent again goes before what came since, in its order, and not above what a batch may have', async () => {
  const first = Promise.withResolvers<void>();
  let sends = 0;
  const { publish, sent, stop } = publisher(async (record) => {
    if (++sends > 1) return confirm(partitionsOf(record));
    await first.promise;
    throw new Error('the connection was closed');
  });
  const large = (name: string, bytes: number) => ({ ...message(0, ''), bytes: Buffer.alloc(bytes, name) });
  const calls = [
    publish([large('a', 300 * 1024)]),
    publish([large('b', 600 * 1024)]),
    publish([large('c', 1)]),
  ];
  await until('a send', () => sent.length === 1);
  calls.push(publish([large('d', 1)]));
  first.resolve();
  await Promise.all(calls);
  assert.deepEqual(
    sent.map((batch) => batch.map((text) => text[0])),
    [
      ['a', 'b'],
      ['a', 'b'],
      ['c', 'd'],
    ],
  );
  await stop();
});

test('while too much waits for Kafka nothing more is taken, and again once it was given up', async () => {
  const hanging = Promise.withResolvers<RecordMetadata[]>();
  const { publish, stop } = publisher(() => hanging.promise, { timeoutMs: 300 });
  const bytes = new Uint8Array(33 * 1024 * 1024);
  const most = [0, 1].map((partition) => publish([{ ...message(partition, ''), bytes }]));
  const refused = assert.rejects(publish([message(0, 'x')]), { message: /Kafka is behind: \d+ bytes wait/ });
  await refused;
  for (const call of most) await assert.rejects(call, { message: /did not confirm within 0.3 s/ });
  hanging.reject(new Error('the connection was closed'));
  await until('there is room', async () => {
    const why = await publish([message(0, 'x')]).catch(({ message: text }) => String(text));
    return !/is behind/.test(why ?? '');
  });
  await stop();
});

for (const type of [
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_REQUIRED_ACKS',
  'INVALID_RECORD',
]) {
  test(`${type} is not sent again`, async () => {
    const { publish, sent, stop } = publisher(async () => {
      throw Object.assign(new Error('no'), { type });
    });
    await assert.rejects(publish([message(0, 'a')]), { message: /Kafka refuses the ticks/ });
    assert.equal(sent.length, 1);
    await stop();
  });
}
