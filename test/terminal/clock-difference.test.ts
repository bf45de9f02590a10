// From which difference on the clocks of this machine and of the server are said to differ, and in which direction.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clockDifference } from '../../src/terminal/clock-difference.ts';

const NOW = Date.parse('2026-03-28T12:00:00Z');

test('less than a minute is the way of an answer', () => {
  for (const differenceMs of [0, 59_999, -59_999])
    assert.equal(clockDifference(NOW, NOW + differenceMs), undefined);
});

test('from a minute on it is said, and which clock is ahead', () => {
  const rest = "the server's: relative times (--since 1h) may be wrong";
  assert.equal(clockDifference(NOW, NOW - 60_000), `this machine's clock is 1m ahead of ${rest}`);
  assert.equal(clockDifference(NOW, NOW + 60_000), `this machine's clock is 1m behind ${rest}`);
  assert.equal(clockDifference(NOW, NOW + 7_200_000), `this machine's clock is 2h behind ${rest}`);
});
