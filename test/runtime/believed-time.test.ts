// Time for what cannot be undone: it goes on with the monotonic clock, follows a step back, and a step forward once it has lasted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createBelievedClock } from '../../src/runtime/believed-time.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOON = Date.UTC(2026, 0, 1, 12);

const clockFrom = (believedMs: number, doubtedForMs = 0) =>
  createBelievedClock({
    ...{ from: { believedMs, doubtedForMs }, monotonicMs: 0 },
    ...{ toleranceMs: DAY, believeAfterMs: DAY },
  });

test('steps within the tolerance, and every step back, are believed at once', () => {
  const clock = clockFrom(NOON);
  const steps = [
    [NOON + HOUR, HOUR],
    [NOON + 25 * HOUR, HOUR],
    [NOON - 40 * DAY, 2 * HOUR],
  ] as const;
  for (const [wallMs, monotonicMs] of steps) {
    assert.deepEqual(clock.look({ wallMs, monotonicMs }), { believedMs: wallMs, doubtedForMs: 0 });
  }
});

test('a step ahead of more is believed once it has lasted a day, and not when it was taken back before', () => {
  const clock = clockFrom(NOON);
  const ahead = (monotonicMs: number) => clock.look({ wallMs: NOON + 40 * DAY + monotonicMs, monotonicMs });
  assert.deepEqual(ahead(60_000), { believedMs: NOON + 60_000, doubtedForMs: 60_000 });
  assert.deepEqual(ahead(23 * HOUR), { believedMs: NOON + 23 * HOUR, doubtedForMs: 23 * HOUR });
  clock.look({ wallMs: NOON + 23 * HOUR + 1, monotonicMs: 23 * HOUR + 1 });
  assert.equal(ahead(46 * HOUR).believedMs, NOON + 46 * HOUR);
  assert.equal(ahead(47 * HOUR + 1).believedMs, NOON + 40 * DAY + 47 * HOUR + 1);
});

test('the doubts of an earlier process go on', () => {
  const clock = clockFrom(NOON, 23 * HOUR);
  const [wallMs, believedMs] = [NOON + 40 * DAY, NOON + 40 * DAY];
  assert.deepEqual(clock.look({ wallMs, monotonicMs: HOUR }), { believedMs, doubtedForMs: 0 });
});
