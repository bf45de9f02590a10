// persist's look at its own progress: what stands still is told, what went to another persist is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BusConsumer, BusLag } from '../../src/bus/bus.ts';
import { watchProgress } from '../../src/daemons/persist/progress.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';

const lagOf = (partition: number, position: number): BusLag => ({
  partition,
  ...{ position, committed: position, end: position + 5, unread: 5, uncommitted: 5 },
});

test('a partition that goes to another persist is no stall here', async () => {
  let lags = [lagOf(0, 10), lagOf(1, 10)];
  const consumer: BusConsumer = { commit: async () => {}, lag: async () => lags, stop: async () => {} };
  const clock = createVirtualClock(0);
  const store = { durable: () => new Map<number, number>() };
  const progress = watchProgress({
    ...{ consumer, store, processed: new Map(), clock, logger: silentLogger },
  });
  const lookAt = async (timeMs: number) => {
    await until('the look before', () => clock.sleepers() > 0);
    await clock.advanceTo(timeMs);
    await until('the look', () => clock.sleepers() > 0);
  };
  await lookAt(61_000);
  assert.match(progress.stalled()!, /on partition 0, 1$/);
  lags = [lagOf(1, 10)];
  await lookAt(62_000);
  assert.match(progress.stalled()!, /on partition 1$/);
  lags = [lagOf(1, 11)];
  await lookAt(63_000);
  assert.equal(progress.stalled(), undefined);
  await progress.stop();
});
