// Who may run, who waits, and who is told to come again; points of answers under way.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmission } from '../../src/daemons/analyze/admission.ts';
import { ExpectedError } from '../../src/domain/errors.ts';

/** Nothing here waits for anything but other promises: who is never let in fails soon. */
const LIMIT = { timeout: 10_000 };

const turn = () => new Promise(setImmediate);
const of = (limits: Partial<Parameters<typeof createAdmission>[0]> = {}) =>
  createAdmission({ running: 2, waiting: 2, points: 10, ...limits });

/** Settled yet? */
function watch(promise: Promise<unknown>) {
  const seen = { settled: false };
  promise.then(
    () => {
      seen.settled = true;
    },
    () => {
      seen.settled = true;
    },
  );
  return seen;
}

test(
  'as many run as may, as many wait as may, in order; the next is told when to come again',
  LIMIT,
  async () => {
    const admission = of();
    const [first, second] = [await admission.enter(), await admission.enter()];
    const [third, fourth] = [admission.enter(), admission.enter()];
    assert.deepEqual([admission.running(), admission.waiting()], [2, 2]);
    await assert.rejects(admission.enter(), (error) => {
      assert.ok(error instanceof ExpectedError);
      assert.deepEqual([error.code, error.retryAfterMs], ['UNAVAILABLE', 1_000]);
      return /2 queries are running and 2 are waiting/.test(error.message);
    });
    const later = watch(fourth);
    first!.leave();
    first!.leave();
    const running = await third;
    await turn();
    assert.equal(later.settled, false);
    second!.leave();
    await fourth;
    running.leave();
    assert.deepEqual([admission.running(), admission.waiting()], [1, 0]);
  },
);

test('whoever leaves the queue makes room in it', LIMIT, async () => {
  const admission = of({ running: 1, waiting: 1 });
  const first = await admission.enter();
  const gone = new AbortController();
  const waiting = admission.enter(gone.signal);
  gone.abort(new Error('gone'));
  await assert.rejects(waiting, /gone/);
  assert.equal(admission.waiting(), 0);
  const next = admission.enter();
  first.leave();
  (await next).leave();
  assert.equal(admission.running(), 0);
  await assert.rejects(admission.enter(gone.signal), /gone/);
  assert.equal(admission.running(), 0);
});

test('a failure gives the turn back', LIMIT, async () => {
  const admission = of();
  await assert.rejects(
    admission.run(() => Promise.reject(new Error('broken'))),
    /broken/,
  );
  assert.equal(await admission.run(async () => admission.running()), 1);
  assert.equal(admission.running(), 0);
});

test('answers under way have a budget of points; a larger one runs alone', LIMIT, async () => {
  const admission = of({ running: 4 });
  const [a, b, c] = [await admission.enter(), await admission.enter(), await admission.enter()];
  await a!.reserve(6, undefined);
  await b!.reserve(4, undefined);
  const large = watch(c!.reserve(11, undefined));
  b!.leave();
  await turn();
  assert.equal(large.settled, false);
  a!.leave();
  await turn();
  assert.equal(large.settled, true);
});

test('a slow client gives its turn and points to others, and is the next to go on', LIMIT, async () => {
  const admission = of({ running: 1, waiting: 3 });
  const slow = await admission.enter();
  await slow.reserve(10, undefined);
  slow.pause();
  const other = await admission.enter();
  await other.reserve(10, undefined);
  const third = watch(admission.enter());
  const resumed = watch(slow.resume(undefined));
  await turn();
  assert.equal(resumed.settled, false);
  other.leave();
  await turn();
  assert.deepEqual([resumed.settled, third.settled], [true, false]);
  slow.leave();
  await turn();
  assert.equal(third.settled, true);
});

test('those that were paused count among the waiting', LIMIT, async () => {
  const admission = of({ running: 1, waiting: 1 });
  const slow = await admission.enter();
  slow.pause();
  await admission.enter();
  await assert.rejects(admission.enter(), { code: 'UNAVAILABLE' });
  slow.leave();
  slow.leave();
  assert.equal(watch(admission.enter()).settled, false);
  assert.deepEqual([admission.running(), admission.waiting()], [1, 1]);
});

test('one that left while it waited to go on takes no turn', LIMIT, async () => {
  const admission = of({ running: 1, waiting: 5 });
  const slow = await admission.enter();
  slow.pause();
  const other = await admission.enter();
  const resumed = slow.resume(undefined);
  slow.leave();
  other.leave();
  await resumed;
  assert.deepEqual([admission.running(), admission.waiting()], [0, 0]);
  (await admission.enter()).leave();
});
