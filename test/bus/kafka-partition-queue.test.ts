// One partition's way to onBatch: order, repetition after a failure, losses told in their place, and room.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusRecord, ConsumeOptions, LostRecords } from '../../src/bus/bus.ts';
import { createPartitionQueue } from '../../src/bus/kafka/partition-queue.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';

const record = (offset: number, size = 1): BusRecord => ({
  partition: 0,
  offset,
  bytes: new Uint8Array(size),
  receivedMs: 1,
  schema: 1,
});

function readerOf(more: Partial<ConsumeOptions> = {}) {
  const clock = createVirtualClock(0);
  const told: (number | LostRecords)[] = [];
  const made = createPartitionQueue(
    {
      group: 'g',
      from: 'earliest',
      onBatch: async (batch) => void told.push(...batch.map(({ offset }) => offset)),
      onLost: (lost) => told.push(lost),
      ...more,
    },
    { partition: 0, start: 5, clock, logger: silentLogger },
  );
  return { ...made, clock, told };
}

test('records come in order and the place moves when they are processed', async () => {
  const { add, stop, told, position, next } = readerOf();
  add([record(5), record(6)]);
  assert.equal(next(), 7);
  assert.equal(position(), 5);
  add([record(7)]);
  await until('three records', () => position() === 8);
  assert.deepEqual(told, [5, 6, 7]);
  await stop();
});

test('a loss is reported between the records around it, once, also when the next record has to be repeated', async () => {
  let refusals = 2;
  const processed: number[] = [];
  const { add, skip, stop, told, position, clock } = readerOf({
    async onBatch(batch) {
      if (batch[0]!.offset === 20 && refusals-- > 0) throw new Error('the store is down');
      processed.push(...batch.map(({ offset }) => offset));
    },
  });
  const lost = { partition: 0, from: 6, to: 20, records: 14 };
  add([record(5)]);
  skip(20, lost);
  add([record(20)]);
  let second = 0;
  await until('the record after the loss', async () => {
    await clock.advanceTo(++second * 1_000);
    return position() === 21;
  });
  assert.equal(refusals, -1);
  assert.deepEqual(processed, [5, 20]);
  assert.deepEqual(told, [lost]);
  await stop();
});

test('the pause after a failure grows to half a minute', async () => {
  const attempts: number[] = [];
  const { add, stop, clock } = readerOf({
    async onBatch() {
      attempts.push(clock.nowMs());
      throw new Error('the store is down');
    },
  });
  add([record(5)]);
  for (let second = 1; second <= 600; second++) {
    await until('a sleeper', () => clock.sleepers() > 0);
    await clock.advanceTo(second * 1_000);
  }
  const pauses = attempts.slice(1).map((at, i) => at - attempts[i]!);
  assert.ok(pauses[0]! >= 1_000 && pauses[0]! <= 2_000, `${pauses}`);
  assert.ok(
    pauses.every((pause) => pause >= 1_000 && pause <= 30_000),
    `${pauses}`,
  );
  assert.ok(Math.max(...pauses) > 8_000, `${pauses}`);
  await stop();
});

test('there is no room while more than one batch waits, and again when it is processed', async () => {
  const gate = Promise.withResolvers<void>();
  const { add, room, stop } = readerOf({ maxBytes: 100, onBatch: () => gate.promise });
  add([record(5, 90)]);
  assert.equal(await room(0), true);
  add([record(6, 90)]);
  assert.equal(await room(1), false);
  const free = room(60_000);
  gate.resolve();
  assert.equal(await free, true);
  await stop();
});

test('a stop aborts the running batch, waits for it and does not repeat it', async () => {
  let aborted = false;
  const { add, stop, position } = readerOf({
    onBatch: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  });
  add([record(5)]);
  await new Promise(setImmediate);
  await stop();
  assert.ok(aborted);
  assert.equal(position(), 5);
});

test('after a batch that was processed the pauses are short ones again', async () => {
  const attempts: number[] = [];
  const fails = [true, true, true, true, true, true, true, false, true, false];
  const { add, stop, clock, position } = readerOf({
    maxBytes: 1,
    async onBatch() {
      attempts.push(clock.nowMs());
      if (fails[attempts.length - 1]) throw new Error('the store is down');
    },
  });
  add([record(5), record(6)]);
  await until('both', async () => {
    await clock.advanceTo(clock.nowMs() + 100);
    return position() === 7;
  });
  const [failed, again] = attempts.slice(8);
  assert.ok(again! - failed! <= 2_100, `${attempts}`);
  await stop();
});

test('a batch that ends because of a stop is not processed, and nothing comes after a stop', async () => {
  const { add, stop, position, next, idle, told } = readerOf({
    onBatch: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
  });
  add([record(5)]);
  await new Promise(setImmediate);
  await stop();
  add([record(6)]);
  assert.deepEqual([position(), next(), idle(), told], [5, 6, false, []]);
});

test('records that were never there move the place of an empty queue alone', async () => {
  const gate = Promise.withResolvers<void>();
  const empty = readerOf();
  empty.skip(9);
  assert.deepEqual([empty.next(), empty.position()], [9, 9]);
  await empty.stop();
  const busy = readerOf({ onBatch: () => gate.promise });
  busy.add([record(5)]);
  busy.skip(9);
  assert.deepEqual([busy.next(), busy.position()], [9, 5]);
  gate.resolve();
  await until('it is processed', () => busy.position() === 6);
  await busy.stop();
});

test('a batch, and what may wait, is as large as it may be; a stop ends the wait for room', async () => {
  const gate = Promise.withResolvers<void>();
  const batches: number[][] = [];
  const { add, room, stop } = readerOf({
    maxBytes: 100,
    async onBatch(batch) {
      batches.push(batch.map(({ offset }) => offset));
      await gate.promise;
    },
  });
  add([record(5, 60), record(6, 40)]);
  let isThere = false;
  void room(1_000).then((is) => (isThere = is));
  await new Promise(setImmediate);
  assert.ok(isThere);
  await until('a batch', () => batches.length === 1);
  assert.deepEqual(batches, [[5, 6]]);
  add([record(7, 1)]);
  let isOver = false;
  void room(1_000).then(() => (isOver = true));
  const stopped = stop();
  await new Promise(setImmediate);
  assert.ok(isOver);
  gate.resolve();
  await stopped;
});
