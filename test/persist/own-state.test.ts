// What persist knows of itself: when it is stalled, whose clock is wrong, what it commits at its end, what its store has lost.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeadLetters } from '../../src/bus/deadletter.ts';
import type { Store } from '../../src/store/store.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { directory, metricValue, tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import { openBus, openLetters, persistOn, publish } from './persist-on.ts';
import { createRecordingStore } from './recording-store.ts';

test('a stall that nobody can explain is an end, told once; one that the store explains is not', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  const ends: string[] = [];
  const deadLetters: DeadLetters = {
    ...openLetters(path),
    put: () => Promise.reject(new Error('the disk is full')),
  };
  recording.refusedMetric = 'disk.usage';
  recording.down = true;
  const persist = await persistOn(bus, path, recording, deadLetters, (error) => ends.push(error.message));
  await publish(bus, tick());
  await until('an attempt', () => recording.calls.length > 0);
  for (let second = 0; second < 70; second++) await persist.look();
  assert.deepEqual(ends, []);
  recording.down = false;
  for (let second = 0; second < 3; second++) await persist.look();
  assert.deepEqual(ends, ['no record was processed for 60 s on partition 0']);
  assert.match(persist.service.unhealthy()!, /: no record was processed for 60 s/);
});

test("a clock that is minutes off report's is named, by the newest record and not while any is unread", async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  const persist = await persistOn(bus, path, recording);
  const receive = async (receivedMs: number) => {
    await bus.publish([{ partition: 0, receivedMs, bytes: encodeBatch([encodeTick(tick())]) }]);
    await persist.read();
    await persist.look();
    return persist.service.clockNote();
  };
  await persist.look();
  assert.equal(persist.service.clockNote(), undefined);
  for (const [offMs, note] of [
    [0, undefined],
    [119_999, undefined],
    [120_000, /clock is 2m behind report's/],
    [-119_999, undefined],
    [-120_000, /clock is 2m ahead of report's/],
  ] as const) {
    const said = await receive(persist.clock.nowMs() + offMs);
    if (note) assert.match(said!, note);
    else assert.equal(said, undefined, `${offMs}`);
  }
  // What is unread may say that it is right again.
  recording.down = true;
  const { length } = recording.calls;
  await publish(bus, tick());
  await until('an attempt', () => recording.calls.length > length);
  await persist.look();
  assert.equal(persist.service.clockNote(), undefined);
});

test('a record that is being stored when persist stops is committed with the last commit', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  const storing = Promise.withResolvers<void>();
  const { store } = recording;
  const slow: Store = {
    ...store,
    async write(batches) {
      const result = await store.write(batches);
      await storing.promise;
      return result;
    },
  };
  const persist = await persistOn(bus, path, { ...recording, store: slow });
  await publish(bus, tick());
  await until('it is being stored', () => recording.calls.length > 0);
  const stopped = persist.service.stop();
  await new Promise(setImmediate);
  storing.resolve();
  await stopped;
  assert.deepEqual([(await persist.lag()).committed, recording.calls], [1, [1]]);
});

test('a store that has read less than was committed lost records, which are counted; one that has all did not', async () => {
  const path = directory();
  const bus = await openBus(join(path, 'bus'));
  const recording = createRecordingStore();
  const first = await persistOn(bus, path, recording);
  await publish(bus, tick(), tick(), tick());
  await first.read();
  await first.service.stop();
  for (const [next, lost] of [
    [3, 0],
    [1, 2],
    [undefined, 3],
  ] as const) {
    const had = new Map(next === undefined ? [] : [[0, { next, durable: next }]]);
    const store: Store = { ...recording.store, consumed: async () => had };
    const persist = await persistOn(bus, path, { ...recording, store });
    const errors = persist.logged.filter((line) => line.includes('is an older copy'));
    assert.deepEqual(
      [errors.length, metricValue(await persist.metrics.text(), 'records_lost_total', 'partition="0"') || 0],
      [lost > 0 ? 1 : 0, lost],
    );
    await persist.service.stop();
  }
});
