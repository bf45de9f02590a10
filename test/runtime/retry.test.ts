// Backoff, the retry loop, and a promise with a time limit.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { createBackoff, retry } from '../../src/runtime/retry.ts';
import { withTimeout } from '../../src/runtime/timeout.ts';

const NEVER = new AbortController().signal;

test('the ceiling doubles up to the longest delay; the shortest is the floor; reset begins again', () => {
  for (const [random, wanted] of [
    [() => 0, [1_000, 1_000, 1_000, 1_000]],
    [() => 0.5, [1_500, 2_500, 3_000, 3_000]],
  ] as const) {
    const backoff = createBackoff({ firstMs: 1_000, maxMs: 5_000, random });
    assert.deepEqual(
      wanted.map(() => backoff.next()),
      wanted,
    );
    backoff.reset();
    assert.equal(backoff.next(), wanted[0]);
  }
});

test('an attempt is made again after each delay until it succeeds', async () => {
  const clock = createVirtualClock(0);
  const retries: string[] = [];
  let attempts = 0;
  const result = retry(
    async () => {
      attempts++;
      if (attempts < 4) throw new Error(`attempt ${attempts}`);
      return 'done';
    },
    {
      backoff: createBackoff({ firstMs: 100, maxMs: 400, random: () => 0 }),
      clock,
      signal: NEVER,
      onRetry: (error, delayMs) => retries.push(`${(error as Error).message}, ${delayMs} ms`),
    },
  );
  await new Promise(setImmediate);
  await clock.advanceTo(99);
  assert.equal(attempts, 1);
  await clock.advanceTo(300);
  assert.equal(await result, 'done');
  assert.deepEqual(retries, ['attempt 1, 100 ms', 'attempt 2, 100 ms', 'attempt 3, 100 ms']);
});

test('after a success the next failure waits for a short delay again', async () => {
  const clock = createVirtualClock(0);
  const delays: number[] = [];
  const backoff = createBackoff({ firstMs: 100, maxMs: 10_000, random: () => 1 });
  for (let round = 0; round < 2; round++) {
    let left = 3;
    const result = retry(async () => (left-- > 0 ? Promise.reject(new Error('no')) : round), {
      ...{ backoff, clock, signal: NEVER },
      onRetry: (_, delayMs) => delays.push(delayMs),
    });
    while (left >= 0) {
      await new Promise(setImmediate);
      await clock.advanceTo(clock.nowMs() + 10_000);
    }
    assert.equal(await result, round);
  }
  assert.deepEqual(delays, [200, 400, 800, 200, 400, 800]);
});

test('an abort ends the loop, in an attempt as in a wait, and so does an onRetry that throws', async () => {
  const clock = createVirtualClock(0);
  const backoff = createBackoff({ firstMs: 100, maxMs: 400 });
  const failing = () => Promise.reject(new Error('no'));
  const ending = new AbortController();
  const waiting = retry(failing, { backoff, clock, signal: ending.signal });
  await new Promise(setImmediate);
  ending.abort(new Error('shutting down'));
  await assert.rejects(waiting, /shutting down/);
  await assert.rejects(retry(failing, { backoff, clock, signal: ending.signal }), /shutting down/);
  const onRetry = () => {
    throw new Error('not worth a retry');
  };
  await assert.rejects(retry(failing, { backoff, clock, signal: NEVER, onRetry }), /not worth a retry/);
});

test('within gives the outcome in time, else what stands for late', async () => {
  assert.equal(await withTimeout(60_000, Promise.resolve(1), 'late'), 1);
  await assert.rejects(withTimeout(60_000, Promise.reject(new Error('no'))), /no/);
  assert.equal(await withTimeout(1, new Promise(() => {}), 'late'), 'late');
  assert.equal(await withTimeout(1, new Promise(() => {})), undefined);
});

test('what is rejected after the limit is swallowed', async () => {
  let fail = (_: Error) => {};
  const slow = new Promise<never>((_, reject) => {
    fail = reject;
  });
  assert.equal(await withTimeout(1, slow, 'late'), 'late');
  fail(new Error('too late'));
  await new Promise(setImmediate);
});
