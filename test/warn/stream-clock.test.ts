// Time on the scale of report's stamps, to the millisecond: jumps that are followed at once, later, or not at all.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStreamClock } from '../../src/daemons/warn/evaluation/stream-clock.ts';

function streamClock() {
  let monotonicMs = 0;
  const stream = createStreamClock({ monotonicMs: () => monotonicMs });
  return {
    /** A record with this stamp, read so long after the start; what time it is then. */
    at(ms: number, receivedMs?: number): number | undefined {
      monotonicMs = ms;
      if (receivedMs !== undefined) stream.received(receivedMs);
      return stream.nowMs();
    },
  };
}

test('it passes while nothing comes, in whole milliseconds, and never goes back', () => {
  const clock = streamClock();
  assert.equal(clock.at(0), undefined);
  assert.equal(clock.at(0, 1_000_000), 1_000_000);
  assert.equal(clock.at(2_500.7), 1_002_500);
  // The way of this record was longer: time waits until it is caught up with.
  assert.equal(clock.at(2_500.7, 1_001_000), 1_002_500);
  assert.equal(clock.at(3_000, 999_000), 1_002_500);
  assert.equal(clock.at(4_500), 1_002_999);
});

test('stamps that are up to 30 s ahead are followed at once, those further ahead after 12 s', () => {
  const near = streamClock();
  near.at(0, 1_000_000);
  assert.equal(near.at(10_000, 1_040_000), 1_040_000);
  const far = streamClock();
  far.at(0, 1_000_000);
  assert.equal(far.at(10_000, 1_040_001), 1_010_000);
  assert.equal(far.at(21_999, 1_052_000), 1_021_999);
  assert.equal(far.at(22_000, 1_052_001), 1_052_001);
});

test('a stamp of the time as it was in between ends a jump: the next one waits as long', () => {
  const clock = streamClock();
  clock.at(0, 1_000_000);
  clock.at(5_000, 2_000_000);
  clock.at(10_000, 1_010_000);
  assert.equal(clock.at(20_000, 2_000_001), 1_020_000);
  assert.equal(clock.at(32_000, 2_000_002), 2_000_002);
});
