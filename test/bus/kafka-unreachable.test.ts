// Kafka that is not there: the bus starts all the same, says why it cannot work, and stops at once.
import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { test } from 'node:test';
import { createKafkaBus } from '../../src/bus/kafka/bus.ts';
import { loadKafka } from '../../src/bus/kafka/driver.ts';
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

test('each new client begins with another broker of the list: one that is cut off answers what was true before', async () => {
  const asked = new Map<number, Socket>();
  const servers = [0, 1, 2].map((broker) =>
    createServer((socket) => void asked.set(broker, socket)).listen(0),
  );
  const brokers = servers.map((server) => `127.0.0.1:${(server.address() as { port: number }).port}`);
  const { kafka } = await loadKafka(kafkaOptions.parse({ brokers }), silentLogger);
  const clients = brokers.map(() => kafka.admin());
  const connecting = clients.map((client) => client.connect().catch(() => {}));
  await until('a connection to each', () => asked.size === brokers.length);
  for (const server of servers) server.close();
  for (const socket of asked.values()) socket.destroy();
  await Promise.all(connecting);
  await Promise.all(clients.map((client) => client.disconnect()));
});
