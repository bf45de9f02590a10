// Counters as rates: what one reading after another gives, in whatever pieces they come.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type CounterSeries, createCounters } from '../../../src/domain/derive/counters.ts';

const one: CounterSeries = [{ metric: 'net.received', labels: { interface: 'eth0', source: 's' } }];

/** Values by the second they were read, as rates by second. */
function ratesOf(readings: readonly (readonly [second: number, value: number])[]) {
  const counters = createCounters(() => {});
  return readings.flatMap(([second, value]) =>
    counters.take(second * 1_000, one, [value]).map((rate) => [second, rate.value]),
  );
}

test('a rate is the growth by the time between; a first reading, a fall, the same time and a gap of over 5 min have none', () => {
  assert.deepEqual(
    ratesOf([
      [0, 100],
      [60, 160],
    ]),
    [[60, 1]],
  );
  assert.deepEqual(
    ratesOf([
      [0, 100],
      [60, 40],
      [120, 100],
    ]),
    [[120, 1]],
  );
  assert.deepEqual(
    ratesOf([
      [0, 100],
      [60, 160],
      [60, 999],
      [120, 220],
    ]),
    [
      [60, 1],
      [120, 1],
    ],
  );
  assert.deepEqual(
    ratesOf([
      [0, 100],
      [60, 160],
      [30, 130],
      [120, 220],
    ]),
    [
      [60, 1],
      [120, 1],
    ],
  );
  assert.deepEqual(
    ratesOf([
      [0, 0],
      [300, 300],
      [601, 900],
      [661, 960],
    ]),
    [
      [300, 1],
      [661, 1],
    ],
  );
});

test('parts of one value are added once all of them are there', () => {
  const counters = createCounters(() => {});
  const part = (name: string): CounterSeries => [
    { metric: 'net.errors', labels: { interface: 'eth0', part: name } },
  ];
  const [incoming, outgoing] = [part('in'), part('out')];
  counters.take(0, incoming, [10]);
  counters.take(0, outgoing, [1]);
  assert.deepEqual(counters.take(10_000, outgoing, [11]), []);
  assert.deepEqual(counters.take(10_000, incoming, [20]), [
    { metric: 'net.errors', labels: { interface: 'eth0' }, value: 2 },
  ]);
});

const cpu = (cpus: number): CounterSeries =>
  Array.from({ length: cpus }, (_, i) =>
    ['idle', 'iowait', 'user', 'steal'].map((mode) => ({
      metric: 'cpu',
      labels: { cpu: String(i), mode, source: 's' },
    })),
  ).flat();

test('CPU times of all modes and CPUs become shares', () => {
  const counters = createCounters(() => {});
  const series = cpu(2);
  assert.deepEqual(counters.take(0, series, [0, 0, 0, 0, 0, 0, 0, 0]), []);
  const labels = { source: 's' };
  assert.deepEqual(counters.take(10_000, series, [6, 1, 2, 1, 8, 0, 2, 0]), [
    { metric: 'cpu.usage', labels, value: 25 },
    { metric: 'cpu.iowait', labels, value: 5 },
    { metric: 'cpu.steal', labels, value: 5 },
  ]);
});

test('a scrape that is cut anywhere gives the same shares once; a CPU that is gone costs one reading', () => {
  const whole = cpu(2);
  const values = [6, 1, 2, 1, 8, 0, 2, 0];
  for (let cut = 1; cut < whole.length; cut++) {
    const counters = createCounters(() => {});
    counters.take(0, whole, new Array(8).fill(0));
    const rates = [
      ...counters.take(10_000, whole.slice(0, cut), values.slice(0, cut)),
      ...counters.take(10_000, whole.slice(cut), values.slice(cut)),
    ];
    assert.deepEqual(
      rates.map(({ metric, value }) => [metric, value]),
      [
        ['cpu.usage', 25],
        ['cpu.iowait', 5],
        ['cpu.steal', 5],
      ],
    );
  }
  const counters = createCounters(() => {});
  counters.take(0, whole, new Array(8).fill(0));
  const half = cpu(1);
  assert.deepEqual(counters.take(10_000, half, [5, 0, 5, 0]), []);
  assert.equal(counters.take(20_000, half, [5, 0, 15, 0])[0]?.value, 100);
});

test('counters that are made up do not fill the memory', () => {
  let overLimit = 0;
  const counters = createCounters(() => overLimit++);
  const many = (from: number): CounterSeries =>
    Array.from({ length: 5_000 }, (_, i) => ({ metric: 'disk.read', labels: { device: `d${from + i}` } }));
  const [first, second] = [many(0), many(5_000)];
  for (const timeMs of [0, 10_000])
    for (const series of [first, second]) counters.take(timeMs, series, new Float64Array(5_000));
  const rates = [first, second].map(
    (series) => counters.take(20_000, series, new Float64Array(5_000)).length,
  );
  assert.deepEqual(rates, [5_000, 8_192 - 5_000]);
  assert.equal(overLimit, 3 * (10_000 - 8_192));
});

test('CPUs that come and go do not use up what may be known', () => {
  const counters = createCounters(() => {});
  const [all, half] = [cpu(512), cpu(256)];
  for (let round = 0; round < 40; round++) {
    const series = round % 4 === 1 ? half : all;
    counters.take(round * 10_000, series, new Float64Array(series.length));
  }
  // All 512 are still read: what the last one does counts.
  const busy = all.map(({ labels: { cpu, mode } }) => (mode === (cpu === '511' ? 'user' : 'idle') ? 1 : 0));
  assert.equal(counters.take(400_000, all, busy)[0]?.value, 100 / 512);
});

test('interfaces that were read once and are gone make room for others', () => {
  const counters = createCounters(() => {});
  const many = (from: number): CounterSeries =>
    Array.from({ length: 4_000 }, (_, i) => ({ metric: 'net.sent', labels: { interface: `i${from + i}` } }));
  for (let hour = 0; hour < 5; hour++)
    counters.take(hour * 4_000_000, many(hour * 4_000), new Float64Array(4_000));
  const series = many(100_000);
  counters.take(30_000_000, series, new Float64Array(4_000));
  assert.equal(counters.take(30_010_000, series, new Float64Array(4_000)).length, 4_000);
});

test('a CPU whose idle time did not come is left out: it is not busy', () => {
  const counters = createCounters(() => {});
  const whole = cpu(2);
  counters.take(0, whole, new Array(8).fill(0));
  // A sender that catches up: all times of one part, then all of the other.
  const part = [...whole.slice(0, 4), whole[6]!];
  counters.take(10_000, part, [6, 0, 4, 0, 5]);
  const rates = counters.take(20_000, part, [12, 0, 8, 0, 10]);
  assert.equal(rates[0]?.value, 40);
});

test('a counter is known for an hour after it was read last', () => {
  const hour = 3_600_000;
  const many = (from: number): CounterSeries =>
    Array.from({ length: 8_192 }, (_, i) => ({ metric: 'disk.read', labels: { device: `d${from + i}` } }));
  for (const [laterMs, refused] of [
    [hour, 8_192],
    [hour + 1, 0],
  ] as const) {
    let overLimit = 0;
    const counters = createCounters(() => overLimit++);
    counters.take(0, many(0), new Float64Array(8_192));
    counters.take(laterMs, many(8_192), new Float64Array(8_192));
    assert.equal(overLimit, refused, `${laterMs} ms later`);
  }
});

test('what is forgotten makes room for as many parts as it had, those of the reading before too', () => {
  let overLimit = 0;
  const counters = createCounters(() => overLimit++);
  const parts = (part: string): CounterSeries =>
    Array.from({ length: 4_096 }, (_, i) => ({
      metric: 'net.errors',
      labels: { interface: `i${i}`, part },
    }));
  const values = new Float64Array(4_096);
  counters.take(0, [...parts('in'), ...parts('out')], new Float64Array(8_192));
  counters.take(10_000, parts('in'), values);
  const others = Array.from({ length: 8_192 }, (_, i) => ({
    metric: 'disk.read',
    labels: { device: `d${i}` },
  }));
  counters.take(4_000_000, others, new Float64Array(8_192));
  assert.equal(overLimit, 0);
});
