// Windows of one series: what is kept, from when on they say something, and what a forecast is made of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  addSample,
  addToMeans,
  coverageOf,
  FORECAST_SPAN_MS,
  forecastOf,
  MEAN_MS,
  type Means,
  type Window,
} from '../../../src/domain/alerting/window.ts';

const MINUTE = 60_000;
const START = Math.floor(Date.UTC(2026, 10, 28, 10) / MEAN_MS) * MEAN_MS;

const windowOf = (minutes: readonly number[]): Window => {
  const window: Window = [];
  for (const minute of minutes) addSample(window, START + minute * MINUTE, minute, 10 * MINUTE);
  return window;
};

test('a sample that comes late takes its place, again it takes the other one over, and too old it is left out', () => {
  const window = windowOf([0, 9, 5, 5]);
  const times = () => window.filter((_, i) => i % 2 === 0).map((ms) => (ms - START) / MINUTE);
  assert.deepEqual(times(), [0, 5, 9]);
  addSample(window, START, 7, 10 * MINUTE);
  assert.deepEqual(window.slice(0, 2), [START, 7]);
  addSample(window, START - MINUTE, 7, 10 * MINUTE);
  assert.deepEqual(times(), [0, 5, 9]);
  addSample(window, START - MINUTE + 1, 7, 10 * MINUTE);
  assert.equal(times().length, 4);
});

test('a window says something from half of the samples that are due, over half of its time', () => {
  const enough = (minutes: readonly number[], durationMs = 10 * MINUTE) =>
    coverageOf(windowOf(minutes), START + 9 * MINUTE, durationMs, MINUTE).enough;
  assert.equal(enough([0, 2, 4, 6, 9]), true);
  assert.equal(enough([0, 3, 6, 9]), false);
  assert.equal(enough([4, 5, 6, 7, 8, 9]), true);
  assert.equal(enough([5, 6, 7, 8, 9]), false);
});

/** Five-minute means of a value that grows by one each time. */
const meansOf = (buckets: readonly number[], valueAt = (bucket: number) => bucket): Means => {
  const means: Means = [];
  for (const bucket of buckets) addToMeans(means, START + bucket * MEAN_MS, valueAt(bucket));
  return means;
};
const from = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i);
const bucketsOf = (means: Means) =>
  means.filter((_, i) => i % 3 === 0).map((bucket) => bucket - START / MEAN_MS);

test('six hours of means are kept and looked at', () => {
  assert.equal(FORECAST_SPAN_MS, 72 * MEAN_MS);
  assert.deepEqual(bucketsOf(meansOf(from(0, 100))), from(29, 100));
  // One that is out of reach by now, as nothing came since.
  const means = meansOf([0, ...from(60, 71)], (bucket) => (bucket === 0 ? 1e9 : 7));
  const at = (bucket: number) => forecastOf(means, START + bucket * MEAN_MS, 0)!.value;
  assert.ok(Math.abs(at(71) - 7) > 1_000);
  assert.ok(Math.abs(at(72) - 7) < 1e-6, String(at(72)));
});

test('a forecast is made of twelve means over an hour at least, and of the last six how it goes now', () => {
  const now = (bucket: number) => START + bucket * MEAN_MS + MEAN_MS - 1;
  assert.notEqual(forecastOf(meansOf(from(0, 11)), now(11), 0), undefined);
  assert.equal(forecastOf(meansOf(from(0, 10)), now(10), 0), undefined);
  // Flat, and for half an hour up.
  const turned = meansOf(from(0, 20), (bucket) => Math.max(14, bucket));
  const aSecond = 1_000 / MEAN_MS;
  assert.ok(Math.abs(forecastOf(turned, now(20), 0)!.recentSlope / aSecond - 1) < 0.01);
  const later = meansOf(from(0, 20), (bucket) => Math.max(15, bucket));
  assert.ok(Math.abs(forecastOf(later, now(20), 0)!.recentSlope / aSecond - 1) < 0.01);
});
