// What a receiver takes in which time, to the millisecond, and what of it another process knows.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLimiter } from '../../../src/daemons/warn/notification/limiter.ts';
import type { OpenReceiver } from '../../../src/daemons/warn/notification/open-receivers.ts';
import { paceRecordOf, restorePace } from '../../../src/daemons/warn/notification/paces.ts';
import { createVirtualClock } from '../../../src/runtime/clock.ts';
import { receiver, stage } from './stage.ts';

const WALL = Date.UTC(2026, 10, 28, 10);
const HOUR = 3_600_000;
const MINUTE = 60_000;

test('requests go out as the limit lets them; more than it ever allows go when nothing else did', () => {
  const limiter = createLimiter([{ count: 2, perMs: MINUTE }]);
  limiter.take(0, 1);
  assert.deepEqual(
    [limiter.freeAtMs(0, 1), limiter.freeAtMs(0, 2), limiter.freeAtMs(0, 5)],
    [0, MINUTE, MINUTE],
  );
  limiter.take(10_000, 1);
  assert.deepEqual([limiter.freeAtMs(20_000, 1), limiter.freeAtMs(20_000, 2)], [MINUTE, MINUTE + 10_000]);
  assert.equal(limiter.freeAtMs(MINUTE, 1), MINUTE);
  assert.deepEqual(limiter.sent(MINUTE), [10_000]);
});

test('what fits within a time counts those that go out at its end', () => {
  const limiter = createLimiter([{ count: 1, perMs: 30_000 }]);
  limiter.take(0, 1);
  assert.deepEqual(
    [limiter.fits(0, 29_999, 5), limiter.fits(0, 30_000, 5), limiter.fits(0, 60_000, 5)],
    [0, 1, 2],
  );
  assert.equal(createLimiter([]).fits(0, 0, 5), 5);
});

function openReceiver(updatedMs = 0): OpenReceiver {
  return {
    ...{ setup: receiver('ops', { updatedMs }), receiver: undefined, openError: undefined },
    limiter: createLimiter([{ count: 20, perMs: MINUTE }]),
    ...{ waitUntilMs: Number.NEGATIVE_INFINITY, merge: false, inFlight: 0, off: undefined },
    ...{ lastSentMs: undefined, lastErrorMs: undefined, lastError: undefined },
  };
}

test('another process knows what went out, until when it waits, and that one message is made of what gathered', () => {
  const former = openReceiver();
  former.limiter.take(0, 3);
  Object.assign(former, { waitUntilMs: 40_000, merge: true });
  const record = paceRecordOf(former, createVirtualClock(WALL))!;
  const next = openReceiver();
  const clock = createVirtualClock(WALL + 10_000);
  for (let times = 0; times < 2; times++) restorePace(next, record, clock);
  assert.deepEqual(next.limiter.sent(0), [-10_000, -10_000, -10_000]);
  assert.deepEqual([next.waitUntilMs, next.merge], [30_000, true]);
  const changed = openReceiver(1);
  restorePace(changed, record, clock);
  assert.deepEqual([changed.limiter.sent(0), changed.waitUntilMs], [[], Number.NEGATIVE_INFINITY]);
});

test('a clock that was set back meanwhile holds nothing for longer than a receiver may ask for', () => {
  const former = openReceiver();
  former.limiter.take(0, 1);
  former.waitUntilMs = 40_000;
  const record = paceRecordOf(former, createVirtualClock(WALL))!;
  const next = openReceiver();
  restorePace(next, record, createVirtualClock(WALL - 5 * HOUR));
  assert.deepEqual([next.limiter.sent(0), next.waitUntilMs], [[0], HOUR]);
});

test('there is nothing to keep of a receiver that was sent nothing lately, does not wait and takes messages', async () => {
  const clock = createVirtualClock(WALL);
  const open = openReceiver();
  assert.equal(paceRecordOf(open, clock), undefined);
  open.waitUntilMs = 1_000;
  await clock.advanceTo(WALL + 999);
  assert.notEqual(paceRecordOf(open, clock), undefined);
  await clock.advanceTo(WALL + 1_000);
  assert.equal(paceRecordOf(open, clock), undefined);
  open.off = 'gone';
  assert.equal(paceRecordOf(open, clock)?.off, 'gone');
});

test('a message that waits for the limit goes out when it may, not when groups are looked at next', async (t) => {
  const s = await stage(t, { pace: { ops: { rateLimits: [{ count: 1, perMs: 25_000 }] } } });
  await s.fire('10:00', 'web-1');
  const subject = { kind: 'host' as const, host: 'web-2', location: '726', labels: {} };
  await s.fire('10:00', 'web-2', { subject });
  await s.until('10:00:26');
  for (let i = 0; i < 100 && s.got.length < 2; i++) await s.turn();
  assert.deepEqual(s.lines(), ['10:00 first F web-1*', '10:00:25 first F web-2*']);
});
