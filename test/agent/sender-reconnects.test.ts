// A sender that had no answer, and to which there is a connection again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorCode } from '../../src/domain/errors.ts';
import type { Ending } from './root-tree.ts';
import { DELAY, sending } from './sending.ts';

/** Down for so long that the next try is over half a minute away. */
async function unreachable(t: Ending, failing: ErrorCode = 'UNREACHABLE') {
  const run = sending(t, { random: 0.9 });
  run.answerWith(() => failing);
  run.start();
  run.put(0);
  run.sender.wake();
  for (let second = 1; second <= 90; second++) await run.advanceTo(second);
  const tries = run.requests.length;
  await run.advanceTo(95);
  assert.equal(run.requests.length, tries);
  return { run, tries };
}

for (const failing of ['UNREACHABLE', 'TIMEOUT'] as const)
  test(`a connection ends the wait after ${failing}, within a second`, async (t) => {
    const { run, tries } = await unreachable(t, failing);
    run.answerWith(() => ({}));
    run.sender.connected();
    await run.advanceTo(96);
    assert.equal(run.requests.length, tries + 1);
    assert.equal(run.spool.queued().ticks, 0);
  });

test('a server that takes connections and loses them is asked again after 10 s at the soonest', async (t) => {
  const { run, tries } = await unreachable(t);
  for (let second = 95; second < 106; second++) {
    run.sender.connected();
    await run.advanceTo(second + 1);
  }
  assert.equal(run.requests.length, tries + 1);
  await run.advanceTo(107);
  assert.equal(run.requests.length, tries + 2);
});

test('a connection soon after one that was lost is not forgotten: it is tried 10 s after the first', async (t) => {
  const { run, tries } = await unreachable(t);
  run.sender.connected();
  await run.advanceTo(98);
  assert.equal(run.requests.length, tries + 1);
  run.answerWith(() => ({}));
  run.sender.connected();
  await run.advanceTo(107);
  assert.equal(run.requests.length, tries + 2);
  assert.equal(run.spool.queued().ticks, 0);
});

test('a connection that comes while a call fails for want of it counts', async (t) => {
  const { run, tries } = await unreachable(t);
  run.answerWith(() => {
    if (run.requests.length > tries + 1) return {};
    run.sender.connected();
    return 'UNREACHABLE';
  });
  run.sender.retryNow();
  await run.settle();
  await run.advanceTo(97);
  assert.equal(run.requests.length, tries + 2);
  assert.equal(run.spool.queued().ticks, 0);
});

test('a connection does not end the wait after a refusal', async (t) => {
  const { run } = await unreachable(t);
  run.answerWith(() => 'UNAUTHENTICATED');
  run.sender.retryNow();
  await run.advanceTo(96);
  const tries = run.requests.length;
  run.sender.connected();
  await run.advanceTo(110);
  assert.equal(run.requests.length, tries);
});

test('a connection that comes while a call is refused ends no wait', async (t) => {
  const { run, tries } = await unreachable(t);
  run.answerWith(() => {
    run.sender.connected();
    return 'UNAUTHENTICATED';
  });
  run.sender.retryNow();
  await run.advanceTo(96);
  assert.equal(run.requests.length, tries + 1);
  await run.advanceTo(110);
  assert.equal(run.requests.length, tries + 1);
});

test('a connection that came while an earlier call was answered ends no wait', async (t) => {
  const { run, tries } = await unreachable(t);
  run.answerWith(() => {
    run.sender.connected();
    return {};
  });
  run.sender.retryNow();
  await run.settle();
  assert.equal(run.spool.queued().ticks, 0);
  run.answerWith(() => 'UNREACHABLE');
  run.put(1);
  run.sender.wake();
  for (let second = 96; second <= 106; second++) await run.advanceTo(second);
  // Its own tries: after the delay of its host, and again after 1.9 and 3.8 s.
  assert.equal(run.requests.length, tries + 1 + 3);
});

test('a connection makes no tick go before the delay of its host, once there was an answer', async (t) => {
  const run = sending(t, { random: 0 });
  run.answerWith(() => (run.requests.length === 1 ? 'UNREACHABLE' : {}));
  run.put(-1);
  run.start();
  await run.settle();
  await run.advanceTo(2);
  assert.equal(run.requests.length, 2);
  run.put(0);
  run.sender.wake();
  run.sender.connected();
  await run.advanceTo(2 + (DELAY - 1) / 1_000);
  assert.equal(run.requests.length, 2);
  await run.advanceTo(2 + DELAY / 1_000);
  assert.equal(run.requests.length, 3);
});

test('several connections at one time are one: the next after them is tried 10 s later', async (t) => {
  const { run, tries } = await unreachable(t);
  for (let i = 0; i < 3; i++) run.sender.connected();
  await run.advanceTo(97);
  assert.equal(run.requests.length, tries + 1);
  run.sender.connected();
  await run.advanceTo(107);
  assert.equal(run.requests.length, tries + 2);
});

test('a connection does not put off a try that comes sooner', async (t) => {
  const run = sending(t, { random: 0.9 });
  run.answerWith(() => 'UNREACHABLE');
  run.put(0);
  run.start();
  await run.settle();
  await run.advanceTo(1.5);
  run.sender.connected();
  await run.advanceTo(1.9);
  assert.deepEqual(
    run.requests.map(({ atS }) => atS),
    [0, 1.9],
  );
});
