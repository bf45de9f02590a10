// The step of a chart: round, as fine as the window is wide, never finer than the hosts' interval.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chartStep } from '../../src/domain/step.ts';

const MINUTE = 60_000;

test('at most as many steps as columns, on round numbers', () => {
  assert.equal(chartStep(60 * MINUTE, 80), MINUTE);
  assert.equal(chartStep(60 * MINUTE, 200), 30_000);
  assert.equal(chartStep(7 * 24 * 60 * MINUTE, 100), 2 * 60 * MINUTE);
  assert.equal(chartStep(400 * 24 * 60 * MINUTE, 100), 4 * 24 * 60 * MINUTE);
});

test('no step is shorter than the longest interval, which would draw gaps where there are none', () => {
  assert.equal(chartStep(60 * MINUTE, 200, MINUTE), MINUTE);
  assert.equal(chartStep(60 * MINUTE, 200, 10_000), 30_000);
});
