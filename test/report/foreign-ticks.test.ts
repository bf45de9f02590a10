// What other agents push as requests to report: all of it within the limits, in memory that is used again only once nobody
// reads it any more.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportAnswer } from '../../src/api/report.ts';
import {
  createForeignTicks,
  type ForeignSample,
  type ForeignTicks,
  foreignSeries,
} from '../../src/daemons/report/ingest/foreign-ticks.ts';
import { LIMITS, type Tick } from '../../src/domain/tick.ts';
import { createTickWriters } from '../../src/wire/tick-columns.ts';
import { createTickReader, tickOf } from '../../src/wire/tick-reader.ts';
import { encodeTick } from '../../src/wire/tick-writer.ts';
import { NOW, reportOnBus } from './ticks.ts';

const ANSWER: ReportAnswer = {
  acceptedSamples: 0,
  refusedSamples: 0,
  refusals: [],
  receivedMs: 0,
  sentMs: 0,
};

function ticksIn(request: Uint8Array): Tick[] {
  const found: Tick[] = [];
  createTickReader().readRequest(request, (view) => found.push(tickOf(view)));
  return found;
}

/** Takes requests and answers them when it is told. */
function createSlowReport() {
  const open: { readonly bytes: Uint8Array; readonly resolve: () => void; readonly reject: () => void }[] =
    [];
  return {
    open,
    report: (bytes: Uint8Array) =>
      new Promise<ReportAnswer>((resolve, reject) =>
        open.push({ bytes, resolve: () => resolve(ANSWER), reject: () => reject(new Error('full')) }),
      ),
  };
}

type Named = Omit<ForeignSample, 'value'>;

const fill = (ticks: ForeignTicks, host: string, value: number) => {
  for (let i = 0; i < 20; i++)
    ticks.keep({ hostId: host, source: 'x', timeMs: NOW, metric: `m${i}`, labels: { a: 'b' }, value });
};

test('memory is used again, but for what waits or failed', async () => {
  const writers = createTickWriters();
  const slow = createSlowReport();
  const begin = (host: string, value: number) => {
    const ticks = createForeignTicks(writers);
    fill(ticks, host, value);
    return ticks.report(slow);
  };
  const valuesOf = (at: number) => ticksIn(slow.open[at]!.bytes).flatMap(({ samples }) => samples[7]!.value);
  const failing = begin('a', 1);
  const waiting = begin('b', 2);
  slow.open[0]!.reject();
  await assert.rejects(failing, /full/);
  const third = begin('c', 3);
  slow.open[2]!.resolve();
  await third;
  const fourth = begin('d', 4);
  assert.deepEqual([0, 1, 3].map(valuesOf), [[1], [2], [4]]);
  assert.equal(slow.open[3]!.bytes.buffer, slow.open[2]!.bytes.buffer);
  slow.open[1]!.resolve();
  slow.open[3]!.resolve();
  await Promise.all([waiting, fourth]);
});

test('a sample stays with its host, whatever came between of another one at the same time', async () => {
  const between = {
    add: (ticks: ForeignTicks, other: Named) => ticks.add({ ...other, value: 7 }),
    keep: (ticks: ForeignTicks, other: Named) => ticks.keep({ ...other, value: 7 }),
    count: (ticks: ForeignTicks, other: Named) => ticks.count({ ...other, value: 7 }),
    take: (ticks: ForeignTicks, other: Named) => ticks.take(foreignSeries('kept', other, other), NOW, 7),
    end: (ticks: ForeignTicks, other: Named) => ticks.end(other),
    endCount: (ticks: ForeignTicks, other: Named) => ticks.endCount(other),
  };
  for (const [how, come] of Object.entries(between)) {
    const ticks = createForeignTicks(createTickWriters());
    const of = { hostId: 'a', source: 'x' };
    const [first, second] = ['m1', 'm2'].map((metric) => foreignSeries('kept', of, { metric, labels: {} }));
    ticks.take(first!, NOW, 1);
    come(ticks, { hostId: 'b', source: 'x', timeMs: NOW, metric: 'other', labels: {} });
    ticks.take(second!, NOW, 2);
    const found: Tick[] = [];
    await ticks.report({
      report: async (bytes) => {
        found.push(...ticksIn(bytes));
        return ANSWER;
      },
    });
    const ofHost = (id: string) =>
      found
        .filter(({ hostId }) => hostId === id)
        .flatMap(({ samples }) => samples.map(({ metric }) => metric));
    assert.deepEqual(ofHost('a'), ['m1', 'm2'], how);
    assert.equal(ofHost('b').includes('m2'), false, how);
  }
});

test('a label part is as any other but in counters, where it is no part of the rate', async () => {
  const ticks = createForeignTicks(createTickWriters());
  const of = { hostId: 'a', source: 'x', timeMs: NOW };
  ticks.keep({ ...of, metric: 'ups', labels: { part: 'fan' }, value: 1 });
  ticks.count({ ...of, metric: 'net.errors', labels: { part: 'in' }, value: 1 });
  ticks.end({ ...of, metric: 'ups', labels: {} });
  ticks.end({ ...of, metric: 'ups', labels: { part: 'fan' } });
  ticks.end({ ...of, metric: 'ups', labels: { part: 'psu' } });
  ticks.endCount({ ...of, metric: 'net.errors', labels: { part: 'out' } });
  let found: Tick[] = [];
  await ticks.report({
    report: async (bytes) => {
      found = ticksIn(bytes);
      return ANSWER;
    },
  });
  assert.deepEqual(
    found.flatMap(({ ended = [] }) => ended),
    [
      { metric: 'ups', labels: { source: 'x' } },
      { metric: 'ups', labels: { part: 'psu', source: 'x' } },
    ],
  );
});

test('series of many long labels come in more ticks, each within its limit and each series once; one that is too long is refused', async () => {
  const { service, published } = await reportOnBus();
  const writers = createTickWriters();
  const labels = (i: number) =>
    Object.fromEntries(Array.from({ length: 15 }, (_, k) => [`label_${k}`, `${i}`.padEnd(120, 'v')]));
  // The second time they are copied.
  for (const second of [0, 1]) {
    const ticks = createForeignTicks(writers);
    const of = { hostId: 'a', source: 'x', timeMs: NOW + second * 1_000 };
    for (let i = 0; i < 700; i++)
      ticks.keep({ ...of, metric: 'container_x', labels: labels(i), value: i + second });
    for (let i = 0; i < 600; i++) ticks.end({ ...of, metric: 'container_y', labels: labels(i) });
    ticks.keep({ ...of, metric: 'container_x', labels: { long: 'v'.repeat(LIMITS.batchBytes) }, value: 1 });
    const { refused, reason } = await ticks.report(service);
    assert.deepEqual([refused, reason], [1, 'a series is over the limit of 524288 bytes a tick']);
  }
  const found = (await published()).flatMap(({ ticks }) => ticks);
  assert.ok(found.every((tick) => encodeTick(tick).length <= LIMITS.batchBytes));
  for (const second of [0, 1]) {
    const round = found.filter(({ timeMs }) => timeMs === NOW + second * 1_000);
    const values = round.flatMap(({ samples }) => samples.map(({ value }) => value));
    assert.deepEqual(
      values,
      Array.from({ length: 700 }, (_, i) => i + second),
    );
    const ended = round.flatMap(({ ended = [] }) =>
      ended.map((one) => one.labels['label_7']!.replace(/v+$/, '')),
    );
    assert.deepEqual(
      ended,
      Array.from({ length: 600 }, (_, i) => `${i}`),
    );
  }
});

test("more than a tick, and more than a request may have, is there once, minimon's metrics first", async () => {
  const ticks = createForeignTicks(createTickWriters());
  const of = { hostId: 'web-1', source: 'x' };
  const own = LIMITS.seriesPerTick - 300;
  const series = Array.from({ length: 3 * LIMITS.seriesPerTick }, (_, i) =>
    foreignSeries(i % 3 === 0 ? 'counters' : 'kept', of, { metric: `k${i}`, labels: { l: 'v'.repeat(200) } }),
  );
  for (let time = 0; time < 8; time++) {
    for (const [i, one] of series.entries()) ticks.take(one, NOW + time, i + time);
    for (let i = 0; i < own; i++)
      ticks.add({ ...of, timeMs: NOW + time, metric: `o${i}`, labels: {}, value: i + time });
  }
  const requests: Uint8Array[] = [];
  await ticks.report({
    async report(bytes) {
      requests.push(bytes.slice());
      return ANSWER;
    },
  });
  assert.ok(requests.length > 3);
  const all = requests.map((bytes) => {
    assert.ok(bytes.length <= LIMITS.requestBytes);
    const found = ticksIn(bytes);
    assert.ok(found.reduce((sum, { samples }) => sum + samples.length, 0) <= LIMITS.samplesPerRequest);
    return found;
  });
  const names = (list: readonly { readonly metric: string; readonly value: number }[], time: number) =>
    list.map(({ metric, value }) => {
      assert.equal(value, Number(metric.slice(1)) + time);
      return metric;
    });
  for (let time = 0; time < 8; time++) {
    const those = all.flat().filter(({ timeMs }) => timeMs === NOW + time);
    for (const { samples } of those) assert.ok(samples.length <= LIMITS.seriesPerTick);
    const kept = series.filter(({ as }) => as === 'kept').map(({ metric }) => metric);
    const counted = series.filter(({ as }) => as === 'counters').map(({ metric }) => metric);
    const expected = [...Array.from({ length: own }, (_, i) => `o${i}`), ...kept];
    assert.deepEqual(
      names(
        those.flatMap(({ samples }) => samples),
        time,
      ),
      expected,
    );
    assert.deepEqual(
      names(
        those.flatMap(({ counters = [] }) => counters),
        time,
      ),
      counted,
    );
  }
});

test('a series is written the same the first time, the second and the third', async () => {
  const one = foreignSeries(
    'kept',
    { hostId: 'ä', source: 'x', replica: 'r' },
    { metric: 'm', labels: { b: 'ü' } },
  );
  const writers = createTickWriters();
  for (let i = 0; i < 3; i++) {
    const ticks = createForeignTicks(writers);
    ticks.take(one, NOW, -0.5 * i);
    await ticks.report({
      async report(bytes) {
        const [tick] = ticksIn(bytes);
        assert.deepEqual(tick!.samples, [{ metric: 'm', labels: { b: 'ü', source: 'x' }, value: -0.5 * i }]);
        assert.ok(Buffer.from(bytes).includes(Buffer.from(encodeTick(tick!))));
        return ANSWER;
      },
    });
  }
  assert.ok(one.head);
});
