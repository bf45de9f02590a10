// A selector alone over a range, written straight from its points: the same bytes as what is evaluated step by step.
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { gather } from '../../src/api/in-bytes.ts';
import { answerJson, matrixJson, type PromqlJson } from '../../src/api/prometheus/json.ts';
import type { PromqlQuery } from '../../src/api/prometheus/service.ts';
import { createAdmission } from '../../src/daemons/analyze/admission.ts';
import { createPromqlService } from '../../src/daemons/analyze/promql/promql-service.ts';
import type { Labels } from '../../src/domain/tick.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import type { StoreReader } from '../../src/store/store.ts';
import { openStore, temporaryFolder } from '../store/opened.ts';
import { createRecorder } from '../store/records.ts';

const T0 = Date.parse('2026-11-25T10:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const SIGNAL = new AbortController().signal;
const LABELS: readonly Labels[] = [
  {},
  // Before `host` and behind it, and names that PromQL has for minimon's own.
  ...[{ a: 'x' }, { a: 'x', z: 'ü' }, { z: 'y' }, { host: 'of the exporter' }, { exported_location: '1' }],
];
const PLACES = new Map([
  ['web-1', '701'],
  ['web-10', '702'],
]);

type Point = {
  readonly host: string;
  readonly ms: number;
  /** NaN: the series ended. */
  readonly value: number;
  readonly labels: Labels;
};

/** The same store twice: with the short way, and without. */
async function openServices(t: TestContext, points: readonly Point[]) {
  const opened = await openStore(t, { directory: await temporaryFolder(), nowMs: T0 + 3 * HOUR });
  const { store, clock } = opened;
  const { record } = createRecorder();
  const ticks = points.map(({ value, ...rest }) =>
    Number.isNaN(value)
      ? { ...rest, values: {}, ended: ['cpu.usage'] }
      : { ...rest, values: { 'cpu.usage': value } },
  );
  await store.write([record(ticks.toSorted((a, b) => a.ms - b.ms))]);
  const locations = { all: async () => ({ places: new Map(PLACES), warnings: [] }) };
  const parts = { locations, clock, admission: createAdmission({ running: 4, waiting: 4, points: 1e9 }) };
  const asked: string[] = [];
  const counted: typeof store.matrix = (query) => {
    asked.push(query.metric);
    return store.matrix!(query);
  };
  return {
    store,
    parts,
    asked,
    short: createPromqlService({ ...parts, store: { ...store, matrix: counted } }),
    long: createPromqlService({ ...parts, store: { ...store, matrix: undefined } as never }),
  };
}

type Services = Awaited<ReturnType<typeof openServices>>;

const textOf = async ({ before, elements, after }: PromqlJson): Promise<string> =>
  before + Buffer.concat(await gather(elements)).toString() + after;

/** The bytes of the short way, where it was that. */
async function matrixOf({ short }: Pick<Services, 'short'>, query: PromqlQuery) {
  const answer = await short.range(query, SIGNAL);
  return 'elements' in answer ? answer : undefined;
}

async function both({ short, long }: Services, query: PromqlQuery) {
  const matrix = await matrixOf({ short }, query);
  return {
    bytes: matrix && (await textOf(matrixJson(matrix))),
    evaluated: await textOf(answerJson(await long.query(query, SIGNAL), true)),
  };
}

const point = fc.record({
  host: fc.constantFrom('web-1', 'web-10', 'web-2'),
  ms: fc.integer({ min: 0, max: 2 * HOUR }).map((ms) => T0 + ms),
  value: fc.oneof(
    fc.integer({ min: -20_000, max: 20_000 }).map((cents) => cents / 100),
    fc.constantFrom(-0, 1e21, 5e-324, 0.1 + 0.2, 1e15, 99.99, 100, Number.NaN, Number.NaN),
  ),
  labels: fc.constantFrom(...LABELS),
});
const query = fc.record({
  expression: fc.constantFrom(
    ...['cpu_usage', '{"cpu.usage"}', 'cpu_usage{host="web-1"}', 'cpu_usage{host=~"web-.*",a="x"}'],
    ...['cpu_usage{location!="701"}', 'cpu_usage{a="x"}', 'cpu_usage{host="none"}'],
  ),
  startMs: fc.integer({ min: -HOUR, max: 2 * HOUR }).map((ms) => T0 + ms),
  stepMs: fc.constantFrom(1, 999, 15_000, MINUTE, HOUR),
  count: fc.integer({ min: 1, max: 40 }),
  lookbackMs: fc.constantFrom(undefined, 1, MINUTE, HOUR),
});

test('whatever the points, steps and labels', { timeout: 120_000 }, async (t) => {
  const points = fc.sample(point, { numRuns: 3_000, seed: 1 });
  const services = await openServices(t, points);
  let filled = 0;
  await fc.assert(
    fc.asyncProperty(query, async (asked) => {
      const { bytes, evaluated } = await both(services, asked);
      assert.equal(bytes, evaluated);
      if (evaluated.includes('"metric"')) filled++;
    }),
    { numRuns: 300 },
  );
  assert.ok(filled > 50, `${filled} answers had series`);
});

test('what is more than a selector is evaluated, and so is what is long', async (t) => {
  const points = Array.from({ length: 2_100 }, (_, i) => ({
    ...{ host: 'web-1', ms: T0 + MINUTE, value: i, labels: { n: String(i) } },
  }));
  const { short, asked } = await openServices(t, points);
  const range = { startMs: T0, stepMs: MINUTE, count: 5 };
  const matrix = (expression: string, more: Partial<PromqlQuery> = {}) =>
    matrixOf({ short }, { ...range, expression, ...more });
  for (const expression of [
    ...['cpu_usage + 0', 'cpu_usage offset 1m', 'cpu_usage @ 0', 'last_over_time(cpu_usage[5m])'],
    'cpu_usage{exported_host="x"}',
    ...['cpu_usage{n!="1"}', 'cpu_usage{n=~"1"}', 'cpu_usage{n=""}', 'cpu_usage{n="1",n="1"}'],
  ])
    assert.equal(await matrix(expression), undefined, expression);
  assert.equal(await matrix('cpu_usage{n="1"}', { count: 11_000, stepMs: 30 * MINUTE }), undefined);
  assert.deepEqual(asked, []);
  assert.notEqual(await matrix('cpu_usage{n="1"}'), undefined);
  // Over what one answer may have: only the store can tell.
  assert.equal(await matrix('cpu_usage'), undefined);
  assert.deepEqual(asked, ['cpu.usage', 'cpu.usage']);
  await assert.rejects(matrix('cpu_usage{'), { code: 'BAD_EXPRESSION' });
});

test('what turns out not to be short keeps its turn, and is cut off when its time is over', async (t) => {
  const { store, parts } = await openServices(t, [{ host: 'web-1', ms: T0 + MINUTE, value: 1, labels: {} }]);
  let entered = 0;
  const admission = {
    ...parts.admission,
    enter(signal?: AbortSignal) {
      entered++;
      return parts.admission.enter(signal);
    },
  };
  const clock = createVirtualClock(T0);
  const serviceOf = (matrix: typeof store.matrix) =>
    createPromqlService({ ...parts, clock, admission, store: { ...store, matrix } as StoreReader });
  const asked = { expression: 'cpu_usage', startMs: T0, stepMs: MINUTE, count: 3, timeoutMs: 1_000 };
  const answer = await serviceOf(async () => undefined).range(asked, SIGNAL);
  assert.ok('value' in answer);
  assert.deepEqual([entered, clock.sleepers()], [1, 0]);
  const reading = Promise.withResolvers<void>();
  const slow = serviceOf(
    ({ signal }) =>
      new Promise((_, reject) => {
        signal!.addEventListener('abort', () => reject(new Error('cut off')));
        reading.resolve();
      }),
  ).range(asked, SIGNAL);
  const refused = assert.rejects(slow, { code: 'TIMEOUT', message: 'query timed out after 1 s' });
  await reading.promise;
  await clock.advanceTo(T0 + 1_000);
  await refused;
  assert.equal(admission.running(), 0);
});

test('two stored series that come to the same labels: the first stays, and the other where it is over', async (t) => {
  const of = (label: string, minutes: readonly number[], value: number) =>
    minutes.map((minute) => ({
      ...{ host: 'web-1', ms: T0 + minute * MINUTE, value, labels: { [label]: 'x' } },
    }));
  const services = await openServices(t, [
    ...of('exported_host', [0, 1, 2, 3], 1),
    ...of('host', [1, 2, 4], 2),
    // Without a value at any step, but there.
    ...of('exported_location', [55], 1),
    ...of('location', [54, 60], 2),
    ...of('exported_host', [120], 1),
    ...of('host', [121], 2),
  ]);
  const valuesOf = async (startMs: number, count: number, stepMs = MINUTE, matchers = '') => {
    const { bytes, evaluated } = await both(services, {
      ...{ expression: `cpu_usage${matchers}`, startMs, stepMs, count, lookbackMs: MINUTE },
    });
    assert.ok(bytes === undefined || bytes === evaluated);
    const { data } = JSON.parse(evaluated) as { data: { result: { values: [number, string][] }[] } };
    return data.result.map(({ values }) => values.map(([, value]) => Number(value)));
  };
  assert.deepEqual(await valuesOf(T0, 4), [[1, 1, 1, 1]]);
  assert.deepEqual(await valuesOf(T0 + 50 * MINUTE, 2, 10 * MINUTE), []);
  assert.deepEqual(await valuesOf(T0 + 120 * MINUTE, 2), [[1, 2]]);
  // A selector by that label finds both, too.
  for (const [matchers, found] of [
    ['{exported_host="x"}', [[1, 1, 1, 1]]],
    ['{exported_host=~"x|y",exported_location=""}', [[1, 1, 1, 1]]],
    ['{exported_host=""}', []],
  ] as const)
    assert.deepEqual(await valuesOf(T0, 4, MINUTE, matchers), found, matchers);
});

test('hosts that moved have their new location at once', async (t) => {
  const points = [{ host: 'web-1', ms: T0 + MINUTE, value: 1, labels: {} }];
  const services = await openServices(t, points);
  const asked = { expression: 'cpu_usage', startMs: T0, stepMs: MINUTE, count: 3 };
  const here = { ...asked, expression: 'cpu_usage{location="701"}' };
  for (const query of [asked, here]) assert.match((await both(services, query)).bytes!, /"location":"701"/);
  PLACES.set('web-1', '999');
  t.after(() => PLACES.set('web-1', '701'));
  const { bytes, evaluated } = await both(services, asked);
  assert.match(bytes!, /"location":"999"/);
  assert.equal(bytes, evaluated);
  assert.doesNotMatch((await both(services, here)).bytes!, /web-1/);
});
