// A persist service on a real bus, with a store that does what a test says; its log, its lag and its numbers.
import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import type { Bus } from '../../src/bus/bus.ts';
import type { DeadLetters } from '../../src/bus/deadletter.ts';
import { createEmbeddedBus } from '../../src/bus/embedded/bus.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { createPersistService, PERSIST_GROUP } from '../../src/daemons/persist/service.ts';
import type { Tick } from '../../src/domain/tick.ts';
import { type Clock, createVirtualClock, systemClock } from '../../src/runtime/clock.ts';
import { createLogger, silentLogger } from '../../src/runtime/logging.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { metricValue, NOW, owned } from '../report/ticks.ts';
import { until } from '../until.ts';
import { createRecordingStore } from './recording-store.ts';

// A failed batch comes again at once: its backoff is the bus's own affair.
const eagerClock: Clock = {
  ...systemClock,
  nowMs: () => NOW,
  sleep: () => new Promise((resolve) => setImmediate(resolve)),
};
export const openBus = async (path: string) =>
  owned(await createEmbeddedBus({ directory: path, clock: eagerClock, logger: silentLogger }));

export const publish = (bus: Bus, ...ticks: Tick[]) =>
  bus.publish(ticks.map((one) => ({ partition: 0, receivedMs: NOW, bytes: encodeBatch([encodeTick(one)]) })));

export const openLetters = (data: string) =>
  owned(createEmbeddedDeadLetters({ directory: data, logger: silentLogger }));

export async function persistOn(
  bus: Bus,
  data: string,
  recording = createRecordingStore(),
  deadLetters: DeadLetters = openLetters(data),
  onDead: (error: Error) => void = () => {},
) {
  const clock = createVirtualClock(NOW);
  const metrics = createMetrics('persist');
  const logged: string[] = [];
  const sink = new Writable({
    decodeStrings: false,
    write(line, _encoding, done) {
      logged.push(String(line));
      done();
    },
  });
  const logger = await createLogger({ level: 'info', format: 'json' }, sink);
  const { store } = recording;
  const service = createPersistService({ bus, store, deadLetters, clock, logger, metrics, onDead });
  await service.start();
  owned(service);
  const lag = async () => (await bus.lag(PERSIST_GROUP))[0]!;
  const read = () => until('everything is read', async () => (await lag()).unread === 0);
  let now = NOW;
  /** Lets the service look at its progress once more. */
  async function look() {
    now += 1_000;
    await until('the look before', () => clock.sleepers() > 0);
    await clock.advanceTo(now);
    await until('the look', () => clock.sleepers() > 0);
  }
  const numbers = async () => {
    const text = await metrics.text();
    const value = (name: string) => metricValue(text, name);
    const [received, stored, rejected] = [
      value('samples_received_total'),
      value('samples_stored_total'),
      value('samples_rejected_total'),
    ];
    const queued = value('records_queued');
    assert.equal(received, stored + rejected, 'the numbers of samples close');
    assert.equal(value('records_received_total'), value('records_processed_total') + queued);
    return { received, stored, rejected, queued };
  };
  return { ...recording, recording, service, deadLetters, metrics, clock, logged, lag, read, look, numbers };
}
