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

test('records that none processes for a minute are a stall to end on; a minute that the process did not run is not', async () => {
  const consumer: BusConsumer = {
    commit: async () => {},
    lag: async () => [lagOf(0, 10)],
    stop: async () => {},
  };
  const clock = createVirtualClock(0);
  const stalls: string[] = [];
  const progress = watchProgress({
    ...{ consumer, store: { durable: () => new Map<number, number>() }, processed: new Map() },
    ...{ clock, logger: silentLogger, onStalled: (why: string) => stalls.push(why) },
  });
  const check = async (afterMs: number) => {
    await until('the check before', () => clock.sleepers() > 0);
    await clock.advanceTo(clock.nowMs() + afterMs);
    await until('the check', () => clock.sleepers() > 0);
  };
  await check(1_000);
  // Suspended and resumed: the clock shows the hour, but nobody saw nothing happen.
  const real = clock.monotonicMs;
  Object.assign(clock, { monotonicMs: () => real() + 3_600_000 });
  await check(1_000);
  assert.deepEqual([stalls, progress.stalled()], [[], undefined]);
  for (let second = 0; second < 60; second++) await check(1_000);
  assert.match(stalls[0]!, /no record was processed for 60 s on partition 0/);
  await progress.stop();
});

test('a bus that answers no question for a minute makes persist unready, and is no reason to end', async () => {
  const lag = () => Promise.reject(new Error('the bus is away'));
  const consumer: BusConsumer = { commit: async () => {}, lag, stop: async () => {} };
  const clock = createVirtualClock(0);
  const stalls: string[] = [];
  const progress = watchProgress({
    ...{ consumer, store: { durable: () => new Map<number, number>() }, processed: new Map() },
    ...{ clock, logger: silentLogger, onStalled: (why: string) => stalls.push(why) },
  });
  await until('the first check', () => clock.sleepers() > 0);
  for (let second = 0; second < 61; second++) {
    await clock.advanceTo(clock.nowMs() + 1_000);
    await until('the check', () => clock.sleepers() > 0);
  }
  assert.match(progress.stalled()!, /offsets could not be committed or read for 60 s/);
  assert.deepEqual(stalls, []);
  await progress.stop();
});

test('both minutes are whole ones, and an answer of the bus begins its own anew', async () => {
  let isAway = false;
  const consumer: BusConsumer = {
    commit: async () => {},
    lag: async () => (isAway ? Promise.reject(new Error('the bus is away')) : [lagOf(0, 10)]),
    stop: async () => {},
  };
  const watch = async () => {
    const clock = createVirtualClock(0);
    const progress = watchProgress({
      ...{ consumer, store: { durable: () => new Map<number, number>() }, processed: new Map() },
      ...{ clock, logger: silentLogger },
    });
    const seconds = async (count: number) => {
      for (let second = 0; second < count; second++) {
        await until('the check before', () => clock.sleepers() > 0);
        await clock.advanceTo(clock.nowMs() + 1_000);
        await until('the check', () => clock.sleepers() > 0);
      }
      return progress.stalled();
    };
    return { seconds, stop: progress.stop };
  };
  const still = await watch();
  assert.equal(await still.seconds(59), undefined);
  assert.match((await still.seconds(1))!, /no record was processed for 60 s/);
  await still.stop();

  const blind = await watch();
  await blind.seconds(1);
  isAway = true;
  assert.equal(await blind.seconds(50), undefined);
  isAway = false;
  await blind.seconds(1);
  isAway = true;
  assert.equal(await blind.seconds(59), undefined);
  assert.match((await blind.seconds(1))!, /could not be committed or read for 60 s/);
  await blind.stop();
});
