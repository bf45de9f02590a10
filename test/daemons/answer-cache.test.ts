// What one daemon keeps of another's answers: for how long, and while the other is down.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAnswerCache } from '../../src/daemons/answer-cache.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';

function counting() {
  const clock = createVirtualClock(1_000_000);
  let loads = 0;
  let down: Error | undefined;
  const answer = createAnswerCache({
    load: async () => {
      loads++;
      if (down) throw down;
      return [`answer ${loads}`];
    },
    freshMs: 5_000,
    clock,
    logger: silentLogger,
    warning: 'no answer',
  });
  const fail = (error: Error | undefined) => {
    down = error;
  };
  return { clock, answer, fail, loads: () => loads };
}

test('an answer serves everybody until it is no longer fresh, whoever sets the clock', async () => {
  const { clock, answer, loads } = counting();
  await Promise.all([answer.current(), answer.current()]);
  await clock.advanceTo(1_004_999);
  await clock.stepBy(3_600_000);
  assert.deepEqual((await answer.current()).value, ['answer 1']);
  assert.equal(loads(), 1);
  await clock.advanceTo(clock.nowMs() + 1);
  assert.deepEqual((await answer.current()).value, ['answer 2']);
});

test('an answer without what is looked for is asked for once more, one that was just read is not', async () => {
  const { answer, loads } = counting();
  const lacks = () => false;
  await answer.current(lacks);
  assert.equal(loads(), 1);
  await answer.current(lacks);
  assert.equal(loads(), 2);
  await answer.current(() => true);
  assert.equal(loads(), 2);
});

test('while the other is down its last answer stays with the error, and is not asked for at each call', async () => {
  const { clock, answer, fail, loads } = counting();
  await answer.current();
  const error = new Error('connection refused');
  fail(error);
  await clock.advanceTo(1_005_000);
  const wanted = { value: ['answer 1'], asOfMs: 1_000_000, error };
  assert.deepEqual(await answer.current(), wanted);
  assert.deepEqual(await answer.current(() => false), wanted);
  assert.equal(loads(), 2);
  fail(undefined);
  await clock.advanceTo(1_010_000);
  assert.deepEqual(await answer.current(), { value: ['answer 3'], asOfMs: 1_010_000, error: undefined });
});
