// Kafka goes away and comes back: at the start, in flight, and for longer than the driver's consumer lives.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { createLogger } from '../../src/runtime/logging.ts';
import { skipReason } from '../servers/backends.ts';
import { type KafkaCluster, startKafka } from '../servers/kafka.ts';
import { until } from '../until.ts';
import { message, reader } from './contract.ts';
import { longUntil } from './kafka-load.ts';
import { freshTopic, openBus, stopBuses } from './kafka-open.ts';

describe('an outage of Kafka', { skip: skipReason('kafka') }, () => {
  let cluster: KafkaCluster;
  before(async () => {
    cluster = await startKafka();
  });
  after(async () => {
    await stopBuses();
    await cluster?.stop();
  });

  it('at the start is waited for: consumers begin and publishing works when Kafka is there', async () => {
    await cluster.kill('SIGKILL');
    const bus = await openBus(cluster, { topic: freshTopic(), partitions: 3, patienceMs: 200 });
    const seen = await reader(bus, 'g');
    await until('a fault', () => /cannot be used/.test(bus.unhealthy() ?? ''));
    await assert.rejects(bus.publish([message(0, 'too early')]), { kind: 'unavailable' });
    await cluster.restart();
    await longUntil('no fault', () => bus.unhealthy() === undefined);
    await bus.publish([message(0, 'in time')]);
    await longUntil('the record', () => seen.texts().includes('in time'));
    assert.equal(bus.partitions, 3);
    await bus.stop();
  });

  it('in flight refuses what is not certain, and a consumer that died with it is replaced', async () => {
    const output = new PassThrough();
    let log = '';
    output.on('data', (chunk) => {
      log += chunk;
    });
    const logger = await createLogger({ level: 'warn', format: 'json' }, output);
    const bus = await openBus(cluster, {
      topic: freshTopic(),
      partitions: 3,
      logger,
      publishTimeoutMs: 1_500,
    });
    const seen = await reader(bus, 'g');
    await bus.publish([message(0, 'before')]);
    await until('the record', () => seen.records.length === 1);
    await seen.consumer.commit(new Map([[0, 1]]));
    await cluster.kill('SIGKILL');
    await assert.rejects(bus.publish([message(0, 'meanwhile')]), { kind: 'unavailable' });
    await longUntil('a fault', () => /cannot be used/.test(bus.unhealthy() ?? ''));
    await longUntil('the consumer to die', () => /replacing the consumer/.test(log));
    await assert.rejects(seen.consumer.commit(new Map([[0, 2]])), { kind: 'unavailable' });
    await cluster.restart();
    await longUntil('no fault', () => bus.unhealthy() === undefined);
    await bus.publish([message(1, 'after')]);
    await longUntil('the record', () => seen.texts().includes('after'));
    assert.equal(seen.texts().filter((text) => text === 'before').length, 1);
    assert.deepEqual(seen.lost, []);
    await bus.stop();
  });
});
