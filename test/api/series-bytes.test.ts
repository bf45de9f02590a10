// Answers made as bytes off the main loop against those made of objects: the same JSON to the letter, the same messages.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { analyzeApi } from '../../src/api/analyze.ts';
import { protoOf } from '../../src/api/grpc/codec.ts';
import { loadApi } from '../../src/api/grpc/proto.ts';
import { jsonOf } from '../../src/api/http/json.ts';
import { type Labels, seriesKey } from '../../src/domain/tick.ts';
import { createJsonBytes } from '../../src/wire/json-bytes.ts';
import { createSeriesBytes, type ElementKind, type Wire } from '../../src/wire/series-bytes.ts';
import type { SeriesElement } from '../../src/wire/series-element.ts';

const T0 = Date.parse('2026-03-18T08:00:00Z');

const written = (value: number): string => {
  const json = createJsonBytes(1);
  json.number(value);
  const alone = Buffer.from(json.take()).toString();
  json.numbers(Float64Array.of(value), 0, 1);
  assert.equal(Buffer.from(json.take()).toString(), alone);
  return alone;
};

test('numbers are written as JSON.stringify writes them', () => {
  const edges = [
    0,
    -0,
    1,
    -1,
    0.1,
    0.3,
    0.1 + 0.2,
    1e21,
    1e-7,
    1e-6,
    123456.789,
    5e-324,
    1.7976931348623157e308,
  ];
  const near = [
    2 ** 53,
    1e15,
    1e15 - 1,
    1e15 - 0.5,
    999999999999.99,
    9999999.99,
    1e7,
    1e14 + 0.01,
    // About where hundredths are no small integer any more.
    999_999.99,
    999_999.995,
    1e6,
    1e6 + 0.01,
    9.995,
    99.9,
    100.09,
    NaN,
    Infinity,
  ];
  for (const value of [...edges, ...near]) {
    assert.equal(written(value), JSON.stringify(value));
    assert.equal(written(-value), JSON.stringify(-value));
  }
  const rounded = fc.tuple(fc.double({ noNaN: true, min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 8 }));
  fc.assert(
    fc.property(fc.double(), (value) => written(value) === JSON.stringify(value)),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(fc.integer({ min: -2e6, max: 2e6 }), fc.constantFrom(10, 100), (whole, power) => {
      const decimal = whole / power;
      return written(decimal) === JSON.stringify(decimal);
    }),
    { numRuns: 3_000 },
  );
  fc.assert(
    fc.property(rounded, ([value, digits]) => {
      const decimal = Number(value.toFixed(digits));
      return written(decimal) === JSON.stringify(decimal);
    }),
    { numRuns: 3_000 },
  );
});

test('a column of numbers has commas between, and the whole units where it is given one', () => {
  const json = createJsonBytes(1);
  json.numbers(Float64Array.of(9, 1_999, Number.NaN, 3_000.5, 7), 1, 4);
  json.text(';');
  json.numbers(Float64Array.of(1_999, 3_000), 0, 2, 1_000);
  assert.equal(Buffer.from(json.take()).toString(), '1999,null,3000.5;1,3');
});

type Given = {
  readonly hostId: string;
  readonly metric: string;
  readonly labels: Labels;
  readonly ms: number[];
  readonly values: number[];
};
const GIVEN: readonly Given[] = [
  { hostId: 'web-1', metric: 'cpu.usage', labels: {}, ms: [T0, T0 + 60_000], values: [1.5, Number.NaN] },
  { hostId: '北京"\\', metric: 'cpu.usage', labels: {}, ms: [T0, T0 + 60_000], values: [-0.25, 1 / 3] },
  {
    hostId: 'web-2',
    metric: 'disk.usage',
    labels: { mount: '/var "x"', device: '𠮷' },
    ms: [T0 + 999],
    values: [1e300],
  },
];

function bytesOf(kind: ElementKind, wire: Wire, given = GIVEN): Buffer {
  const bytes = createSeriesBytes(kind, wire);
  const parts = given.map(({ hostId, metric, labels, ms, values }) => {
    // Not at the start of its columns, as in a snapshot.
    const element: SeriesElement = {
      ...{ hostId, metric, labels, key: seriesKey(metric, labels) },
      ms: Float64Array.of(0, ...ms),
      values: Float64Array.of(0, ...values),
      ...{ from: 1, to: ms.length + 1 },
    };
    bytes.add(element);
    return bytes.take();
  });
  return Buffer.concat(parts);
}

const orNull = (value: number) => (Number.isNaN(value) ? null : value);
const asSeries = ({ hostId, metric, labels, ms, values }: Given) => ({
  ...{ hostId, metric, labels },
  timesMs: ms,
  values: values.map(orNull),
});
const asLatest = ({ hostId, metric, labels, ms, values }: Given) => ({
  ...{ hostId, metric, labels },
  timeMs: ms[0]!,
  value: values[0]!,
});
const { queryRange, queryLatest } = analyzeApi.calls;
const service = loadApi(analyzeApi);

test('series and newest samples in JSON are those of the table of calls', () => {
  const range = jsonOf(queryRange.answer).write({ series: GIVEN.map(asSeries) });
  assert.equal(String(bytesOf('series', 'json')), JSON.stringify(range['series']).slice(1, -1));
  const latest = jsonOf(queryLatest.answer).write({ samples: GIVEN.map(asLatest) });
  assert.equal(String(bytesOf('latest', 'json')), JSON.stringify(latest['samples']).slice(1, -1));
});

test('series and newest samples in protobuf are those of the table of calls', () => {
  const range = service['QueryRange']!.responseDeserialize(bytesOf('series', 'protobuf')) as object;
  assert.deepEqual(protoOf(queryRange.answer).read(range), {
    ...{ startMs: 0, stopMs: 0, warnings: [] },
    series: GIVEN.map(asSeries),
  });
  const latest = service['QueryLatest']!.responseDeserialize(bytesOf('latest', 'protobuf')) as object;
  assert.deepEqual(protoOf(queryLatest.answer).read(latest), {
    ...{ nowMs: 0, warnings: [] },
    samples: GIVEN.map(asLatest),
  });
});

test("the seed's records have its names and whole seconds", () => {
  const [first, , third] = GIVEN as [Given, Given, Given];
  const given = [first, third].map((one) => ({ ...one, values: one.values.map((value) => value || 2) }));
  assert.deepEqual(JSON.parse(`[${bytesOf('record', 'json', given)}]`), [
    {
      ...{ host_id: 'web-1', metrics_type: 'CPU_Rate', metrics_value: [1.5, 2] },
      time_stamp: [T0 / 1_000, T0 / 1_000 + 60],
    },
    { host_id: 'web-2', metrics_type: 'disk.usage', metrics_value: [1e300], time_stamp: [T0 / 1_000] },
  ]);
  const message = service['FindRecordsByLocation']!.responseDeserialize(bytesOf('record', 'protobuf', given));
  assert.deepEqual((message as { records: unknown[] }).records[1], {
    ...{ host_id: 'web-2', metrics_type: 'disk.usage', metrics_value: [1e300] },
    ...{ time_stamp: [T0 / 1_000], times_ms: [T0 + 999] },
  });
});
