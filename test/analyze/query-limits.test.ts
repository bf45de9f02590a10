// What a query in PromQL may read and for how long, and what series with the same labels come to: asked of a store that answers as told.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAdmission } from '../../src/daemons/analyze/admission.ts';
import { createPromqlService } from '../../src/daemons/analyze/promql/promql-service.ts';
import type { Locations } from '../../src/daemons/locations.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import type { LatestSample, RangeQuery, Series, StoreReader } from '../../src/store/store.ts';

const T0 = Date.UTC(2026, 10, 28, 10);
const MINUTE = 60_000;
const SIGNAL = new AbortController().signal;
/** Nothing here waits for anything but other promises. */
const LIMIT = { timeout: 20_000 };

function service(parts: {
  readonly range?: (query: RangeQuery) => Promise<readonly Series[]>;
  readonly latest?: readonly LatestSample[];
  readonly points?: number;
  readonly locations?: () => ReturnType<Locations['all']>;
}) {
  const clock = createVirtualClock(T0);
  const asked: RangeQuery[] = [];
  const host = { hostId: 'web-1', lastSeenMs: T0, intervalMs: 1_000 };
  const store = {
    hosts: async () => [host],
    metrics: async () => ['cpu.usage', 'load.1'],
    range(query: RangeQuery) {
      asked.push(query);
      return parts.range?.(query) ?? Promise.resolve([]);
    },
    latest: async () => parts.latest ?? [],
  } as unknown as StoreReader;
  const promql = createPromqlService({
    ...{ store, clock },
    locations: { all: parts.locations ?? (async () => ({ places: new Map(), warnings: [] })) },
    admission: createAdmission({ running: 4, waiting: 4, points: parts.points ?? 1e9 }),
  });
  const query = (expression: string, more: { readonly timeoutMs?: number } = {}) =>
    promql.query({ expression, startMs: T0, stepMs: 1, count: 1, ...more }, SIGNAL);
  return { promql, query, clock, asked };
}

const seriesOf = (timesMs: readonly number[], labels: Series['labels'] = {}): Series => ({
  ...{ hostId: 'web-1', metric: 'cpu.usage', labels },
  ...{ timesMs, values: timesMs.map((ms) => ms - T0) },
});

test('all selectors of a query share what it may read', LIMIT, async () => {
  const three = [seriesOf([T0 - 3, T0 - 2, T0 - 1])];
  const { query, asked } = service({ range: async () => three });
  await query('cpu_usage + on(host) load_1');
  assert.deepEqual(
    asked.map(({ maxPoints }) => maxPoints),
    [5_000_000, 4_999_997],
  );
  const most = [{ ...seriesOf([]), timesMs: new Array<number>(5_000_000), values: [] }];
  const full = service({ range: async () => most });
  await assert.rejects(full.query('cpu_usage + on(host) load_1'), {
    message: /would load too many samples into memory: the limit is 5000000/,
  });
  assert.equal(full.asked.length, 1);
});

test('a query has two minutes at most, whatever it asks for', LIMIT, async () => {
  const reading = Promise.withResolvers<void>();
  const { query, clock } = service({
    range: ({ signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(signal!.reason));
        reading.resolve();
      }),
  });
  const slow = assert.rejects(query('cpu_usage', { timeoutMs: 600_000 }), {
    code: 'TIMEOUT',
    message: 'query timed out after 120 s',
  });
  await reading.promise;
  await clock.advanceTo(T0 + 2 * MINUTE);
  await slow;
});

test(
  'queries that would read more together than there is room for do so one after the other',
  LIMIT,
  async () => {
    const held = Promise.withResolvers<readonly Series[]>();
    // Of one host that reports each second: 3,600 points an hour, and those of the look back.
    const { query, asked } = service({ points: 5_000, range: () => held.promise });
    const both = [query('sum_over_time(cpu_usage[1h])'), query('sum_over_time(load_1[1h])')];
    for (let i = 0; i < 20; i++) await new Promise(setImmediate);
    assert.equal(asked.length, 1);
    held.resolve([]);
    await Promise.all(both);
    assert.equal(asked.length, 2);
  },
);

test(
  'of stored series that come to the same labels the first stays, also where the other begins with its last point',
  LIMIT,
  async () => {
    const range = async () => [seriesOf([T0 - 3, T0 - 2]), seriesOf([T0 - 2, T0 - 1])];
    const { query } = service({ range });
    const { value } = await query('count_over_time(cpu_usage[1m])');
    assert.ok(value.type === 'vector');
    assert.deepEqual([...value.columns[0]!.values], [2]);
  },
);

test('of the newest samples with the same labels and one time the first is told', LIMIT, async () => {
  const sample = (labels: LatestSample['labels'], value: number): LatestSample => ({
    ...{ hostId: 'web-1', metric: 'cpu.usage', timeMs: T0, labels, value },
  });
  const { promql } = service({ latest: [sample({ host: 'x' }, 1), sample({ exported_host: 'x' }, 2)] });
  const values: number[] = [];
  for await (const { samples } of await promql.latest([promql.parseSelector('cpu_usage')], SIGNAL))
    values.push(...samples.map(({ value }) => value));
  assert.deepEqual(values, [1]);
});

test(
  'without locations a query that asks for one fails, any other is answered with a warning',
  LIMIT,
  async () => {
    const locations = () => Promise.reject(new Error('manage does not answer'));
    const { query } = service({ locations, range: async () => [seriesOf([T0])] });
    await assert.rejects(query('cpu_usage{location="725"}'), /manage does not answer/);
    const { warnings, value } = await query('cpu_usage');
    assert.deepEqual(warnings, ['manage does not answer: no series has its location']);
    assert.ok(value.type === 'vector' && value.columns.length === 1);
  },
);
