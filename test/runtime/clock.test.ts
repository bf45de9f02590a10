// Sleeping on wall and monotonic time, by the virtual clock and by the real one with its wall time held.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock, systemClock } from '../../src/runtime/clock.ts';

const NOON = Date.UTC(2026, 0, 1, 12);

/** The names of the sleeps that are over, in order. */
function sleeps(t: { readonly clock: ReturnType<typeof createVirtualClock> }) {
  const over: string[] = [];
  const watch = (name: string, sleep: Promise<void>) => void sleep.then(() => over.push(name));
  return { over, watch, clock: t.clock };
}

test('the virtual clock wakes sleeps of both kinds in the order of their ends', async () => {
  const { over, watch, clock } = sleeps({ clock: createVirtualClock(NOON) });
  watch('wall 3', clock.sleepUntil(NOON + 3));
  watch('monotonic 1', clock.sleep(1));
  watch('monotonic 2', clock.sleep(2));
  await clock.advanceTo(NOON + 2);
  assert.deepEqual(over, ['monotonic 1', 'monotonic 2']);
  await clock.advanceTo(NOON + 3);
  assert.deepEqual(over, ['monotonic 1', 'monotonic 2', 'wall 3']);
  assert.equal(clock.sleepers(), 0);
});

test('a step of the wall clock moves no monotonic time and ends no monotonic sleep', async () => {
  const { over, watch, clock } = sleeps({ clock: createVirtualClock(NOON) });
  watch('monotonic', clock.sleep(60_000));
  watch('wall', clock.sleepUntil(NOON + 60_000));
  await clock.stepBy(3_600_000);
  assert.deepEqual(over, ['wall']);
  assert.deepEqual([clock.nowMs() - NOON, clock.monotonicMs()], [3_600_000, 0]);
  await clock.advanceTo(clock.nowMs() + 60_000);
  assert.deepEqual(over, ['wall', 'monotonic']);
});

test('a sleep until a wall time is over about when it should be, though the clock was set back meanwhile', async () => {
  const { over, watch, clock } = sleeps({ clock: createVirtualClock(NOON) });
  watch('wall', clock.sleepUntil(NOON + 60_000));
  await clock.stepBy(-3_600_000);
  await clock.advanceTo(clock.nowMs() + 60_999);
  assert.deepEqual(over, []);
  await clock.advanceTo(clock.nowMs() + 1);
  assert.deepEqual(over, ['wall']);
});

test('so it is by the real clock', async (t) => {
  t.mock.method(Date, 'now', () => NOON);
  const began = performance.now();
  await systemClock.sleepUntil(NOON + 1);
  assert.ok(performance.now() - began >= 1_000);
});

test('an aborted sleep rejects with the reason of the signal, also one that would not have slept', async () => {
  const aborted = AbortSignal.abort(new Error('shutting down'));
  for (const clock of [systemClock, createVirtualClock(NOON)]) {
    await assert.rejects(clock.sleep(60_000, aborted), /shutting down/);
    await assert.rejects(clock.sleep(0, aborted), /shutting down/);
    await assert.rejects(clock.sleepUntil(clock.nowMs() - 1, aborted), /shutting down/);
  }
});
