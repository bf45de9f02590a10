// Sources of other agents: which replica is taken, and how often a source measures.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDerivation, type SourceTick } from '../../../src/domain/derive/sources.ts';

const tick = (second: number, more: Partial<SourceTick> = {}): SourceTick => ({
  ...{ hostId: 'web-1', source: 'prometheus/node', replica: '' },
  ...{ timeMs: second * 1_000, intervalMs: 60_000, series: [{ key: 'load.1' }], counters: undefined },
  ...more,
});

test('of two replicas one is taken, until it is silent for 30 s; counters go on across the change', () => {
  const derive = createDerivation(() => {});
  const series = [{ metric: 'net.sent', labels: {}, key: 'net.sent' }];
  const from = (replica: string, second: number) => {
    const counters = { series, values: [second * 5] };
    const derived = derive(tick(second, { replica, counters, series: [] }), second * 1_000);
    return derived?.rates.map(({ value }) => value);
  };
  assert.deepEqual([from('a', 0), from('b', 3)], [[], undefined]);
  for (const second of [10, 20, 30]) {
    assert.deepEqual([from('a', second), from('b', second + 3)], [[5], undefined]);
  }
  const after = [43, 53, 63].map((second) => from('b', second));
  assert.deepEqual(after, [undefined, undefined, [5]]);
  assert.deepEqual([from('a', 70), from('b', 73)], [[5], undefined]);
});

test('a reader that begins later takes the same replica, and no other while that one catches up', () => {
  const derive = createDerivation(() => {});
  const isTaken = (replica: string, second: number, receivedSecond = second) =>
    derive(tick(second, { replica }), receivedSecond * 1_000) !== undefined;
  assert.deepEqual([isTaken('b', 3), isTaken('a', 10), isTaken('b', 13)], [true, true, false]);
  assert.deepEqual([isTaken('b', 43), isTaken('b', 53)], [true, true]);
  assert.deepEqual([isTaken('a', 20, 54), isTaken('a', 50, 55), isTaken('b', 63)], [false, false, true]);
  assert.deepEqual([isTaken('a', 70), isTaken('b', 73)], [true, false]);
});

test('a replica is silent after 30 s, or two intervals where those are longer, by a clock that is never set back', () => {
  const derive = createDerivation(() => {});
  const isTaken = (hostId: string, replica: string, second: number, receivedMs = second * 1_000) =>
    derive(tick(second, { hostId, replica }), receivedMs) !== undefined;
  assert.deepEqual([isTaken('web-1', 'a', 0), isTaken('web-1', 'b', 30)], [true, false]);
  assert.equal(isTaken('web-1', 'b', 30.001), true);
  for (const second of [0, 60, 120]) assert.equal(isTaken('web-2', 'a', second), true);
  assert.deepEqual([isTaken('web-2', 'b', 240), isTaken('web-2', 'b', 240.001)], [false, true]);
  // Of two reports one has a clock that is behind.
  assert.deepEqual([isTaken('web-3', 'a', 0, 100_000), isTaken('web-3', 'a', 10, 40_000)], [true, true]);
  assert.deepEqual([isTaken('web-3', 'b', 20, 130_000), isTaken('web-3', 'b', 20, 130_001)], [false, true]);
});

test('the first replica by name is taken with the first tick that is newer than all before', () => {
  const derive = createDerivation(() => {});
  const isTaken = (replica: string, second: number) =>
    derive(tick(second, { replica }), 20_000) !== undefined;
  assert.deepEqual([isTaken('b', 13), isTaken('a', 13), isTaken('a', 13.001)], [true, false, true]);
});

test('a scrape of a replica that failed ends what is taken of it, and the other is taken at once', () => {
  const derive = createDerivation(() => {});
  const isTaken = (replica: string, second: number, more: Partial<SourceTick> = {}) =>
    derive(tick(second, { replica, ...more }), second * 1_000) !== undefined;
  const failed = { series: [] };
  assert.deepEqual([isTaken('a', 0), isTaken('b', 3), isTaken('b', 13, failed)], [true, false, false]);
  assert.deepEqual([isTaken('a', 10), isTaken('b', 16), isTaken('a', 20, failed)], [true, false, true]);
  assert.deepEqual([isTaken('b', 23), isTaken('b', 33), isTaken('a', 40)], [true, true, true]);
  // Alone there is nobody else.
  assert.deepEqual([isTaken('', 0, { hostId: 'web-2', ...failed })], [true]);
});

test('ends in a request of their own are no failed scrape where samples of the same time came before', () => {
  const derive = createDerivation(() => {});
  const take = (replica: string, second: number, more: Partial<SourceTick> = {}) =>
    derive(tick(second, { replica, ...more }), second * 1_000);
  const ends = { series: [] };
  // Which replica will be taken is not known yet.
  assert.equal(take('b', 0, ends), undefined);
  for (const second of [0, 15, 30, 45, 60, 75]) {
    assert.ok(take('a', second));
    assert.ok(take('a', second, ends));
    assert.equal(take('b', second + 5), undefined);
  }
  assert.equal(take('a', 90)?.intervalMs, 15_000);
  assert.ok(take('a', 105, ends));
  assert.ok(take('b', 110));
});

test('a scrape that failed is no reason to forget its source: the interval and what rates begin at stay', () => {
  const derive = createDerivation(() => {});
  const series = [{ metric: 'net.sent', labels: {}, key: 'net.sent' }];
  const take = (second: number, more: Partial<SourceTick> = {}) =>
    derive(
      tick(second, { replica: 'a', counters: { series, values: [second * 5] }, ...more }),
      second * 1_000,
    );
  for (const second of [0, 15, 30, 580, 595]) take(second);
  take(610, { series: [], counters: undefined });
  // By now others are looked for that were not heard for long.
  take(611, { hostId: 'web-2' });
  const { intervalMs, rates } = take(625)!;
  assert.deepEqual([intervalMs, rates.map(({ value }) => value)], [15_000, [5]]);
  // It measures again.
  assert.equal(take(628, { replica: 'b' }), undefined);
});

test('the interval is the median distance of one series, as people set them', () => {
  const derive = createDerivation(() => {});
  const intervals = [0, 15, 30.02, 45, 105, 120].map(
    (second) => derive(tick(second), second * 1_000)?.intervalMs,
  );
  assert.deepEqual(intervals, [60_000, 15_000, 15_000, 15_000, 15_000, 15_000]);
  // Another piece of the round, 20 ms later.
  assert.equal(derive(tick(120.02, { series: [{ key: 'disk.free' }] }), 120_020)?.intervalMs, 15_000);
  assert.equal(derive(tick(0, { hostId: 'web-2' }), 0)?.intervalMs, 60_000);
  assert.equal(derive(tick(290, { hostId: 'web-2' }), 290_000)?.intervalMs, 300_000);
});

test('a series measures the interval wherever in its piece it is', () => {
  const derive = createDerivation(() => {});
  const [load, free] = [{ key: 'load.1' }, { key: 'disk.free' }];
  derive(tick(0, { series: [free] }), 0);
  const whole = [15, 30, 45].map(
    (second) => derive(tick(second, { series: [load, free] }), second * 1_000)?.intervalMs,
  );
  assert.deepEqual(whole, [15_000, 15_000, 15_000]);
});

test('an interval that changes is known after three of the new distances', () => {
  const derive = createDerivation(() => {});
  for (let second = 0; second <= 300; second += 15) derive(tick(second), second * 1_000);
  const changed = [360, 420, 480].map((second) => derive(tick(second), second * 1_000)?.intervalMs);
  assert.deepEqual(changed, [15_000, 15_000, 60_000]);
});

test('a series that is gone for over an hour measures no more; a source that is, is forgotten', () => {
  const derive = createDerivation(() => {});
  const take = (second: number, key: string) =>
    derive(tick(second, { series: [{ key }] }), second * 1_000)?.intervalMs;
  for (const second of [0, 15, 30]) take(second, 'load.1');
  const hour = 3_600;
  const after: (number | undefined)[] = [];
  for (let second = 60; second <= hour + 180; second += 30) after.push(take(second, 'disk.free'));
  // The first one later than an hour begins, and with the second distance of 30 s that is the interval.
  assert.deepEqual(after.slice(0, -3), new Array(after.length - 3).fill(15_000));
  assert.deepEqual(after.slice(-3), [30_000, 30_000, 30_000]);
  assert.equal(take(2 * hour + 180, 'disk.free'), 30_000);
  assert.equal(take(3 * hour + 181, 'disk.free'), 60_000);
});
