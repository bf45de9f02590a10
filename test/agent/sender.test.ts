// Sending: when, in which order, in what portions, and what each answer of report leads to.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSender, sendDelayMs } from '../../src/daemons/agent/sender.ts';
import type { Spool } from '../../src/daemons/agent/spool.ts';
import { LIMITS, type Refusal } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { DELAY, HOST, MINUTE, NOON, sending } from './sending.ts';

test('hosts send at different times after the slot, each within a tenth of the interval and 5 s', () => {
  const delays = Array.from({ length: 500 }, (_, i) => sendDelayMs(`host-${i}`, MINUTE));
  assert.ok(delays.every((delay) => delay >= 0 && delay < 5_000));
  assert.ok(new Set(delays.map((delay) => Math.floor(delay / 500))).size === 10);
  assert.ok(
    Array.from({ length: 100 }, (_, i) => sendDelayMs(`host-${i}`, 10_000)).every((delay) => delay < 1_000),
  );
  assert.equal(sendDelayMs(HOST, MINUTE), DELAY);
});

test('a tick goes out after the delay of its host and leaves the spool when it is acknowledged', async (t) => {
  const run = sending(t);
  run.start();
  run.put(0);
  run.sender.wake();
  await run.advanceTo((DELAY - 1) / 1_000);
  assert.deepEqual(run.minutes(), []);
  await run.advanceTo(DELAY / 1_000);
  assert.deepEqual(run.minutes(), [[0]]);
  assert.deepEqual(run.spool.queued(), { ticks: 0, samples: 0 });
  assert.deepEqual(run.total, { sent: 10, refused: 0, invalid: 0 });
});

test('after an outage the newest tick goes alone and first, then the backlog, newest first, in full requests', async (t) => {
  const run = sending(t);
  for (let minute = -60; minute < 0; minute++) run.put(minute, 400);
  run.start();
  await run.settle();
  const [first, second, ...others] = run.minutes();
  assert.deepEqual(first, [-1]);
  assert.deepEqual(
    second,
    Array.from({ length: 12 }, (_, i) => -2 - i),
  );
  assert.deepEqual(
    [...second!, ...others.flat()],
    Array.from({ length: 59 }, (_, i) => -2 - i),
  );
  assert.equal(run.requests.length, 6);
  assert.equal(run.total.sent, 24_000);
});

test('a tick that comes while the backlog goes out is next, once its delay is over', async (t) => {
  const run = sending(t);
  for (let minute = -30; minute < 0; minute++) run.put(minute, 400);
  run.answerWith((minutes) => {
    if (minutes.length > 1 && run.requests.length === 2) {
      run.put(0);
      run.sender.wake();
    }
    return {};
  });
  run.start();
  await run.settle();
  assert.equal(run.requests.length, 2);
  await run.advanceTo(DELAY / 1_000);
  assert.deepEqual(run.minutes()[2], [0]);
  assert.equal(run.spool.queued().ticks, 0);
});

test('failures are retried after 1 s to 60 s that grow, with the newest tick each time, and nothing is lost', async (t) => {
  const run = sending(t, { random: 1 });
  run.answerWith(() => 'UNREACHABLE');
  run.put(-1);
  run.start();
  await run.settle();
  await run.advanceTo(130);
  assert.deepEqual(
    run.requests.map((one) => one.atS),
    [0, 2, 6, 14, 30, 62, 122],
  );
  assert.match(run.sender.lastError()!, /UNREACHABLE/);
  assert.equal(run.sender.unhealthy(), undefined);
  run.put(2);
  run.sender.wake();
  run.answerWith(() => ({}));
  await run.advanceTo(190);
  assert.deepEqual(run.minutes().slice(-2), [[2], [-1]]);
  assert.equal(run.sender.lastError(), undefined);
  assert.deepEqual(run.total, { sent: 20, refused: 0, invalid: 0 });
});

test('every other kind of failure is retried too', async (t) => {
  for (const code of ['TIMEOUT', 'UNAVAILABLE', 'BUS_FULL', 'INTERNAL', 'UNIMPLEMENTED'] as const) {
    const run = sending(t, { random: 0 });
    run.answerWith(() => (run.requests.length < 3 ? code : {}));
    run.put(0);
    run.start();
    await run.settle();
    await run.advanceTo(10);
    assert.equal(run.requests.length, 3, code);
    assert.equal(run.total.sent, 10, code);
  }
});

test('an agent whose authentication fails keeps its ticks, retries once a minute and is unhealthy', async (t) => {
  for (const code of ['UNAUTHENTICATED', 'NOT_ALLOWED'] as const) {
    const run = sending(t);
    run.answerWith(() => code);
    run.put(0);
    run.start();
    await run.settle();
    await run.advanceTo(150);
    assert.deepEqual(
      run.requests.map((one) => one.atS),
      [0, 60, 120],
    );
    assert.match(run.sender.unhealthy()!, /authentication failed/);
    assert.equal(run.spool.queued().ticks, 1);
    run.answerWith(() => ({}));
    await run.advanceTo(180);
    assert.equal(run.sender.unhealthy(), undefined);
    assert.equal(run.spool.queued().ticks, 0);
  }
});

test('an invalid request is retried tick by tick; only the invalid tick is dropped, and counted', async (t) => {
  for (const code of ['BAD_REQUEST', 'TOO_LARGE'] as const) {
    const run = sending(t);
    for (let minute = -6; minute < 0; minute++) run.put(minute);
    run.answerWith((minutes) => (minutes.includes(-4) ? code : {}));
    run.start();
    await run.settle();
    assert.deepEqual(run.minutes(), [[-1], [-2, -3, -4, -5, -6], [-2], [-3], [-4], [-5], [-6]]);
    assert.deepEqual(run.total, { sent: 50, refused: 0, invalid: 10 });
    assert.equal(run.spool.queued().ticks, 0);
  }
});

test('refused samples leave the spool with the accepted ones and are counted', async (t) => {
  const run = sending(t);
  const refusal: Refusal = {
    hostId: HOST,
    timeMs: NOON,
    metric: 'load.1',
    labels: {},
    samples: 3,
    reason: 'over a limit',
  };
  run.answerWith(() => ({ acceptedSamples: 7, refusedSamples: 3, refusals: [refusal] }));
  run.put(0);
  run.start();
  await run.settle();
  assert.deepEqual(run.total, { sent: 7, refused: 3, invalid: 0 });
  assert.equal(run.spool.queued().ticks, 0);
});

test('ticks that grow too old during an outage are dropped and counted, the younger ones still go out', async (t) => {
  const run = sending(t, { random: 1 });
  run.answerWith(() => 'UNREACHABLE');
  for (const minute of [-1_439, -1_438, -5]) run.put(minute);
  run.start();
  await run.settle();
  await run.advanceTo(90);
  run.answerWith(() => ({}));
  await run.advanceTo(180);
  assert.deepEqual(run.dropped, { age: 20 });
  assert.deepEqual(run.total, { sent: 10, refused: 0, invalid: 0 });
});

test("the clock's offset is report's time less ours at the middle of the call, and is given once", async (t) => {
  const run = sending(t);
  run.answerWith(() => ({ receivedMs: NOON + 2_400, sentMs: NOON + 2_600 }));
  assert.equal(run.sender.takeClockOffset(), undefined);
  run.put(0);
  run.start();
  await run.settle();
  assert.equal(run.sender.takeClockOffset(), 2.5);
  assert.equal(run.sender.takeClockOffset(), undefined);
});

test('a tick that comes during the backoff does not end it', async (t) => {
  const run = sending(t, { random: 1 });
  run.answerWith(() => 'UNREACHABLE');
  run.put(-1);
  run.start();
  await run.settle();
  await run.advanceTo(63);
  run.put(1);
  run.sender.wake();
  await run.advanceTo(130);
  assert.deepEqual(
    run.requests.map((one) => one.atS),
    [0, 2, 6, 14, 30, 62, 122],
  );
});

test('after a success the next failure is retried after a short delay again', async (t) => {
  const run = sending(t, { random: 1 });
  run.answerWith(() => (run.requests.length === 5 ? {} : 'UNREACHABLE'));
  run.put(-1);
  run.start();
  await run.settle();
  await run.advanceTo(100);
  run.put(1);
  run.sender.wake();
  await run.settle();
  await run.advanceTo(110);
  const times = run.requests.map((one) => one.atS);
  assert.deepEqual(times.slice(0, 5), [0, 2, 6, 14, 30]);
  const again = 100 + DELAY / 1_000;
  assert.deepEqual(times.slice(5, 7), [again, again + 2]);
});

test('ticks refused for their time stay, are tried again, and hold up nothing', async (t) => {
  const { start, put, answerWith, advanceTo, minutes, spool, total } = sending(t);
  const reason =
    "time 2026-11-25T12:00:00.000Z is over the limit of 5 min ahead of the server's clock (2026-11-25T07:00:00.000Z)";
  const refusal = (minute: number): Refusal => ({
    ...{ hostId: HOST, timeMs: NOON + minute * MINUTE, metric: '', labels: {}, samples: 10, reason },
  });
  answerWith((asked) => ({
    acceptedSamples: 0,
    refusedSamples: 10 * asked.length,
    refusals: asked.map(refusal),
  }));
  put(0);
  put(1);
  start();
  await advanceTo(0);
  assert.deepEqual([spool.queued().ticks, total], [2, { sent: 0, refused: 0, invalid: 0 }]);
  const tries = minutes().length;
  answerWith(() => ({}));
  await advanceTo(299.999);
  assert.equal(minutes().length, tries, 'not again before five minutes');
  await advanceTo(300);
  assert.deepEqual([spool.queued().ticks, total.sent], [0, 20]);
});

test('of a request in which one tick is refused for its time the others leave the spool, and count as sent', async (t) => {
  const run = sending(t);
  const refusal: Refusal = {
    ...{ hostId: HOST, timeMs: NOON - 3 * MINUTE, metric: '', labels: {}, samples: 10 },
    reason: 'time 2026-11-25T11:57:00.000Z is past the limit of 25 h back (older samples need backfill)',
  };
  run.answerWith((asked) =>
    asked.includes(-3) ? { acceptedSamples: 10, refusedSamples: 10, refusals: [refusal] } : {},
  );
  for (const minute of [-1, -2, -3]) run.put(minute);
  run.start();
  await run.settle();
  assert.deepEqual(run.minutes(), [[-1], [-2, -3]]);
  assert.deepEqual(run.total, { sent: 20, refused: 0, invalid: 0 });
  assert.equal(run.spool.queued().ticks, 1);
});

test('of a request that is refused as a whole, what is refused for another reason leaves the spool', async (t) => {
  const run = sending(t);
  const refusal = (minute: number, reason: string): Refusal => ({
    ...{ hostId: HOST, timeMs: NOON + minute * MINUTE, metric: '', labels: {}, samples: 10, reason },
  });
  const late = 'time 2026-11-25T11:57:00.000Z is past the limit of 25 h back (older samples need backfill)';
  run.answerWith((asked) =>
    asked.includes(-3)
      ? { refusedSamples: 20, refusals: [refusal(-2, 'interval_ms is 0'), refusal(-3, late)] }
      : {},
  );
  for (const minute of [-1, -2, -3]) run.put(minute);
  run.start();
  await run.settle();
  assert.deepEqual(run.total, { sent: 10, refused: 10, invalid: 0 });
  assert.deepEqual(run.spool.queued(), { ticks: 1, samples: 10 });
});

test('an answer names a hundred: all ticks stay where all were refused for their times', async (t) => {
  const run = sending(t);
  const reason = 'time 2026-11-25T11:57:00.000Z is past the limit of 25 h back (older samples need backfill)';
  run.answerWith((asked) => ({
    refusedSamples: asked.length,
    refusals: asked.slice(0, 100).map((minute) => ({
      ...{ hostId: HOST, timeMs: NOON + minute * MINUTE, metric: '', labels: {}, samples: 1, reason },
    })),
  }));
  for (let minute = -102; minute < 0; minute++) run.put(minute, 1);
  run.start();
  await run.settle();
  assert.equal(run.requests.length, 2);
  assert.deepEqual(run.spool.queued(), { ticks: 102, samples: 102 });
});

test('a clock that is 40 days ahead at the start drops no tick for its age', async (t) => {
  const run = sending(t);
  run.put(0);
  await run.clock.stepBy(40 * 24 * 60 * MINUTE);
  run.answerWith(() => 'UNREACHABLE');
  run.start();
  await run.settle();
  await run.clock.stepBy(-40 * 24 * 60 * MINUTE);
  run.answerWith(() => ({}));
  await run.advanceTo(120);
  assert.deepEqual([run.dropped, run.total.sent], [{}, 10]);
});

test('ticks that the spool counts and cannot read are looked for once a second', async () => {
  const clock = createVirtualClock(NOON);
  let looks = 0;
  const spool = {
    prune: () => {},
    queued: () => ({ ticks: 1, samples: 10 }),
    newest() {
      if (++looks > 1_000) throw new Error('it looks without a pause');
      return [];
    },
  } as unknown as Spool;
  const parts = { hostId: HOST, intervalMs: MINUTE, spool, clock, logger: silentLogger };
  const sender = createSender({ ...parts, report: {} as never, onDelivered: () => assert.fail() });
  const ending = new AbortController();
  const run = assert.rejects(sender.run(ending.signal), { message: 'over' });
  for (let second = 1; second <= 5; second++) await clock.advanceTo(NOON + second * 1_000);
  ending.abort(new Error('over'));
  await run;
  assert.ok(looks >= 5 && looks <= 8, `${looks} looks`);
});

test('after a failure the newest tick goes alone again', async (t) => {
  const run = sending(t, { random: 0 });
  for (const minute of [-1, -2, -3, -4]) run.put(minute);
  run.answerWith(() => (run.requests.length === 2 ? 'UNAVAILABLE' : {}));
  run.start();
  await run.settle();
  await run.advanceTo(10);
  assert.deepEqual(run.minutes(), [[-1], [-2, -3, -4], [-2], [-3, -4]]);
});

test('a request is no longer than 1 MiB with what stands around its ticks', async (t) => {
  const run = sending(t);
  run.put(0);
  for (let minute = -8; minute < 0; minute++) run.putLong(minute, (LIMITS.requestBytes - 16) / 8);
  run.start();
  await run.settle();
  assert.deepEqual(run.minutes(), [[0], [-1, -2, -3, -4, -5, -6, -7], [-8]]);
});

test('an answer without times says nothing of the clock', async (t) => {
  const run = sending(t);
  run.put(0);
  run.start();
  await run.settle();
  assert.equal(run.total.sent, 10);
  assert.equal(run.sender.takeClockOffset(), undefined);
});

test('a clock that is 40 days ahead for a minute drops no tick for its age', async (t) => {
  const { start, put, answerWith, advanceTo, clock, spool, dropped, total } = sending(t);
  answerWith(() => 'UNREACHABLE');
  put(0);
  put(1);
  start();
  await advanceTo(10);
  await clock.stepBy(40 * 24 * 60 * MINUTE);
  await clock.skip(MINUTE);
  await clock.skip(MINUTE);
  await clock.stepBy(-40 * 24 * 60 * MINUTE);
  answerWith(() => ({}));
  await advanceTo(400);
  assert.deepEqual([spool.queued().ticks, dropped, total.sent], [0, {}, 20]);
});
