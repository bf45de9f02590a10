// How far behind the stream warn takes itself to be: by positions and its monotonic clock, whatever is set or does not answer.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BEHIND_MS, createProgress } from '../../src/daemons/warn/progress.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';

const lag = (position: number, end: number) => [{ partition: 0, position, end, unread: end - position }];

function setup() {
  const clock = createVirtualClock(0);
  const progress = createProgress(clock);
  const look = async (afterMs: number, position: number, end: number) => {
    await clock.advanceTo(clock.nowMs() + afterMs);
    progress.look(lag(position, end));
  };
  return { clock, progress, look };
}

test('current once all is read that was there at the first look, however much comes meanwhile', async () => {
  const { progress, look } = setup();
  assert.equal(progress.isCurrent(), false);
  await look(0, 5, 100);
  await look(1_000, 99, 200);
  assert.equal(progress.isCurrent(), false);
  await look(1_000, 100, 300);
  assert.equal(progress.isCurrent(), true);
  assert.equal(progress.behindMs(), 2_000);
});

test('behind from two minutes on, to the millisecond, and current again at the end', async () => {
  const { progress, look } = setup();
  await look(0, 10, 10);
  await look(1_000, 10, 500);
  await look(BEHIND_MS - 1_000, 20, 600);
  assert.equal(progress.isCurrent(), true);
  await look(1, 30, 700);
  assert.equal(progress.isCurrent(), false);
  await look(1_000, 700, 700);
  assert.equal(progress.isCurrent(), true);
});

test('a clock that is set changes nothing; a time without answers makes stale, not behind', async () => {
  const { clock, progress, look } = setup();
  await look(0, 10, 10);
  await clock.stepBy(3_600_000);
  await look(1_000, 10, 10);
  assert.equal(progress.isCurrent(), true);
  await clock.stepBy(-7_200_000);
  await look(1_000, 10, 10);
  assert.equal(progress.isCurrent(), true);
  await clock.advanceTo(clock.nowMs() + BEHIND_MS);
  assert.deepEqual([progress.isStale(), progress.isCurrent()], [false, true]);
  await clock.advanceTo(clock.nowMs() + 1);
  assert.deepEqual([progress.isStale(), progress.isCurrent()], [true, true]);
  // A backlog shows at the first answer.
  await look(0, 10, 5_000);
  assert.deepEqual([progress.isStale(), progress.isCurrent()], [false, false]);
  await look(1_000, 5_000, 5_100);
  assert.equal(progress.isCurrent(), true);
});

test('a bus that does not answer from the start leaves nothing to catch up with after half a minute', async () => {
  const { clock, progress } = setup();
  await clock.advanceTo(30_000);
  assert.equal(progress.isCurrent(), false);
  await clock.advanceTo(30_001);
  assert.equal(progress.isCurrent(), true);
});

test('what was stored is read when every partition is past it; one that is not known does not hold it up', () => {
  const { progress } = setup();
  progress.look(lag(10, 20));
  assert.equal(progress.hasRead(new Map([[0, 10]])), true);
  assert.equal(progress.hasRead(new Map([[0, 11]])), false);
  assert.equal(progress.hasRead(new Map([[7, 11]])), true);
});
