// The grid: snapped times, slots that passed, a first tick, and clocks that are set.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runSampler } from '../../src/daemons/agent/sampler.ts';
import { type Clock, createVirtualClock, systemClock } from '../../src/runtime/clock.ts';

const NOON = Date.UTC(2026, 10, 25, 12);

function sampling(options: {
  startMs: number;
  intervalMs?: number;
  immediate?: boolean;
  slow?: (slot: number) => Promise<void>;
}) {
  const { startMs, intervalMs = 60_000, immediate = false, slow = async () => {} } = options;
  const clock = createVirtualClock(startMs);
  const ending = new AbortController();
  const slots: number[] = [];
  let missed = 0;
  const running = runSampler(
    {
      clock,
      intervalMs,
      immediate,
      onSlot: async (slot) => {
        slots.push((slot - NOON) / 1_000);
        await slow(slot);
      },
      onMissed: (count) => {
        missed += count;
      },
    },
    ending.signal,
  );
  const stop = async () => {
    ending.abort(new Error('the test is over'));
    await assert.rejects(running, /the test is over/);
  };
  return { clock, slots, missed: () => missed, stop };
}

test('ticks stand on the grid of the wall clock, wherever the start was', async () => {
  const run = sampling({ startMs: NOON + 17_345 });
  await run.clock.advanceTo(NOON + 200_000);
  assert.deepEqual(run.slots, [60, 120, 180]);
  assert.equal(run.missed(), 0);
  await run.stop();
});

test('the first tick of an immediate start stands in the slot that has begun, and the grid follows', async () => {
  const run = sampling({ startMs: NOON + 3_000, intervalMs: 10_000, immediate: true });
  await run.clock.advanceTo(NOON + 4_999);
  assert.deepEqual(run.slots, []);
  await run.clock.advanceTo(NOON + 25_000);
  assert.deepEqual(run.slots, [0, 10, 20]);
  await run.stop();
});

test('an immediate start just before a slot waits for that slot instead', async () => {
  const run = sampling({ startMs: NOON + 7_500, intervalMs: 10_000, immediate: true });
  await run.clock.advanceTo(NOON + 9_999);
  assert.deepEqual(run.slots, []);
  await run.clock.advanceTo(NOON + 10_000);
  assert.deepEqual(run.slots, [10]);
  await run.stop();
});

test('slots that pass while a round takes long are counted and not made up', async () => {
  let release = () => {};
  const run = sampling({
    startMs: NOON,
    slow: (slot) =>
      slot === NOON + 60_000 ? new Promise((resolve) => (release = resolve)) : Promise.resolve(),
  });
  await run.clock.advanceTo(NOON + 60_000);
  await run.clock.advanceTo(NOON + 250_000);
  assert.deepEqual(run.slots, [60]);
  release();
  await new Promise(setImmediate);
  await run.clock.advanceTo(NOON + 300_000);
  assert.deepEqual(run.slots, [60, 300]);
  await run.stop();
});

test('a sleep that ends long after its slot takes the slot of its waking and counts those between', async () => {
  let nowMs = NOON + 10_000;
  const wakings: (() => void)[] = [];
  const clock: Clock = {
    ...systemClock,
    nowMs: () => nowMs,
    sleepUntil: (_, signal) =>
      new Promise((resolve, reject) => {
        wakings.push(resolve);
        signal?.addEventListener('abort', () => reject(signal.reason), { once: true });
      }),
  };
  const ending = new AbortController();
  const slots: number[] = [];
  let missed = 0;
  const running = runSampler(
    {
      clock,
      intervalMs: 60_000,
      immediate: false,
      onSlot: async (slot) => void slots.push((slot - NOON) / 1_000),
      onMissed: (count) => (missed += count),
    },
    ending.signal,
  );
  const wakeAt = async (timeMs: number) => {
    nowMs = timeMs;
    wakings.pop()?.();
    await new Promise(setImmediate);
  };
  await wakeAt(NOON + 245_000);
  assert.deepEqual(slots, [240]);
  assert.equal(missed, 3);
  // The clock is set back by a few seconds, over the slot that was just taken: it is not taken twice.
  nowMs = NOON + 239_000;
  await wakeAt(NOON + 301_000);
  assert.deepEqual(slots, [240, 300]);
  ending.abort(new Error('over'));
  await assert.rejects(running, /over/);
});

test('a clock that is set back takes no slot twice', async () => {
  const run = sampling({ startMs: NOON + 1_000 });
  await run.clock.advanceTo(NOON + 70_000);
  assert.deepEqual(run.slots, [60]);
  await run.clock.stepBy(-20_000);
  await run.clock.advanceTo(NOON + 119_999);
  assert.deepEqual(run.slots, [60]);
  await run.clock.advanceTo(NOON + 120_000);
  assert.deepEqual(run.slots, [60, 120]);
  await run.stop();
});

test('a slot that begins by the new time of a clock that was set back far is taken, and what passes before it is counted', async () => {
  const run = sampling({ startMs: NOON + 3_600_000 + 1_000 });
  await run.clock.advanceTo(NOON + 3_600_000 + 90_000);
  assert.deepEqual(run.slots, [3_660]);
  await run.clock.stepBy(-3_600_000);
  // The old deadline and a second: by the new time 31 s into the minute that began on the way.
  await run.clock.advanceTo(NOON + 121_000);
  assert.deepEqual(run.slots, [3_660, 120]);
  await run.clock.advanceTo(NOON + 240_000);
  assert.deepEqual(run.slots, [3_660, 120, 180, 240]);
  assert.equal(run.missed(), 0);
  await run.stop();
});

test('slots of a short grid that pass while a clock is set back are counted', async () => {
  const run = sampling({ startMs: NOON + 3_600_000 + 200, intervalMs: 1_000 });
  await run.clock.advanceTo(NOON + 3_600_000 + 1_500);
  await run.clock.stepBy(-3_600_000);
  await run.clock.advanceTo(NOON + 4_500);
  const slots = [3_601, 3, 4];
  assert.deepEqual(run.slots, slots);
  assert.equal(run.missed(), 1);
  await run.stop();
});

test('slots that a suspended machine or a clock set forward passes over are counted', async () => {
  const run = sampling({ startMs: NOON + 1_000 });
  await run.clock.stepBy(600_000);
  await run.clock.advanceTo(NOON + 660_000);
  assert.deepEqual(run.slots, [600, 660]);
  assert.equal(run.missed(), 9);
  await run.stop();
});
