// Kafka that is not there: the bus starts all the same, says why it cannot work, and stops at once.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKafkaBus } from '../../src/bus/kafka/bus.ts';
import { createSeeds } from '../../src/bus/kafka/driver.ts';
import { kafkaOptions } from '../../src/bus/kafka/options.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { freePorts } from '../servers/ports.ts';
import { until } from '../until.ts';
import { message } from './contract.ts';

test('a bus without Kafka is there, refuses to publish, and says where it looked and what it met', async () => {
  const [port] = await freePorts(1);
  const bus = await createKafkaBus({
    ...kafkaOptions.parse({ brokers: [`127.0.0.1:${port}`], partitions: 3 }),
    logger: silentLogger,
    patienceMs: 50,
  });
  assert.equal(bus.partitions, 3);
  await until('the reason', () => /cannot be used: .*ECONNREFUSED/.test(bus.unhealthy() ?? ''));
  assert.match(bus.unhealthy()!, new RegExp(`127\\.0\\.0\\.1:${port}`));
  await assert.rejects(bus.publish([message(0, 'a')]), { kind: 'unavailable', message: /ECONNREFUSED/ });
  const consumer = await bus.consume({ group: 'g', from: 'earliest', onBatch: async () => {} });
  await assert.rejects(consumer.commit(new Map([[0, 1]])), { kind: 'unavailable' });
  await bus.stop();
  assert.equal(bus.unhealthy(), 'the bus is stopping');
});

test('settings that cannot be meant are refused by name', () => {
  const refused = (settings: unknown) => kafkaOptions.safeParse(settings).error?.issues[0]?.path.join('.');
  assert.equal(refused({ brokers: ['kafka'] }), 'brokers.0');
  assert.equal(refused({ brokers: [] }), 'brokers');
  assert.equal(refused({ topic: 'a topic' }), 'topic');
  assert.equal(refused({ partitions: 0 }), 'partitions');
  assert.equal(refused({ sasl: { mechanism: 'plain', username: 'u' } }), 'sasl.password');
  assert.deepEqual(kafkaOptions.parse({}).brokers, ['127.0.0.1:9092']);
});

test('new clients begin with the brokers in turn, but not with the one that last left a request without an answer', () => {
  const seeds = createSeeds(['a:1', 'b:1', 'c:1']);
  const four = () => Array.from({ length: 4 }, () => seeds.next()).join(' ');
  assert.equal(four(), 'a:1 b:1 c:1 a:1');
  seeds.unanswered('c:1');
  assert.equal(four(), 'b:1 a:1 b:1 a:1');
  seeds.unanswered('b:1');
  assert.equal(four(), 'c:1 a:1 c:1 a:1');
  seeds.unanswered('known.by.another.name:1');
  assert.equal(four(), 'b:1 c:1 a:1 b:1');
  const alone = createSeeds(['a:1']);
  alone.unanswered('a:1');
  assert.equal(alone.next(), 'a:1');
});
