// Answers of queries in PromQL as JSON: values as Prometheus writes them, at once or in pieces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gather } from '../../src/api/in-bytes.ts';
import { answerJson } from '../../src/api/prometheus/json.ts';
import { formatValue } from '../../src/domain/promql/format-value.ts';
import type { Column, Grid, Value } from '../../src/domain/promql/values.ts';

const VALUES = [
  ...[0, -0, 1, -1, 42.17, -42.1, 99.99, 0.05, 0.1 + 0.2, 1 / 3, 123456.789, 2 ** 53, -1e15, 123e19],
  ...[1e-6, -1e-6, 9.9e-7, 1e-7, 1e-300, 5e-324, 1e21, 1e20, -1.5e300, 1_000_000, 999_999.99, 1e8],
  ...[Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.MAX_VALUE],
];
const START_MS = 1_795_871_954_904;

type Answered = { data: { resultType: string; result: { metric: object; values: unknown[][] }[] } };

async function written(value: Value, grid: Grid, isRange: boolean): Promise<string> {
  const json = answerJson({ value, grid, warnings: [], infos: [] }, isRange);
  return json.before + Buffer.concat(await gather(json.elements)).toString() + json.after;
}

const columnOf = (host: string, values: readonly number[]): Column => ({
  labels: { __name__: 'x', host },
  values: Float64Array.from(values),
  present: new Uint8Array(values.length).fill(1),
});

test('every value has the form that Go gives it', async () => {
  const grid = { startMs: START_MS, stepMs: 500, count: VALUES.length };
  const text = await written({ type: 'vector', columns: [columnOf('a', VALUES)] }, grid, true);
  const pairs = VALUES.map((value, i) => `[${(START_MS + i * 500) / 1_000},"${formatValue(value)}"]`);
  assert.equal(
    text,
    `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"__name__":"x","host":"a"},"values":[${pairs.join(',')}]}]}}`,
  );
  assert.match(text, /"-0".*"1e-07".*"5e-324".*"1e\+21".*"NaN".*"\+Inf".*"-Inf"/);
});

test('steps without a value are left out, and series without any', async () => {
  const grid = { startMs: 4_000, stepMs: 1_000, count: 3 };
  const gaps: Column = { ...columnOf('b', [1, 2, 3]), present: Uint8Array.of(0, 1, 0) };
  const none: Column = { ...columnOf('a', [1, 2, 3]), present: new Uint8Array(3) };
  const text = await written({ type: 'vector', columns: [gaps, none] }, grid, true);
  assert.match(text, /"result":\[\{"metric":\{"__name__":"x","host":"b"\},"values":\[\[5,"2"\]\]\}\]/);
});

test('a long answer in pieces says the same as its parts at once', async () => {
  const count = 2_000;
  const grid = { startMs: START_MS, stepMs: 1_000, count };
  const columns = Array.from({ length: 40 }, (_, host) =>
    columnOf(
      `web-${String(host).padStart(2, '0')}`,
      Array.from({ length: count }, (_, i) => i / 100 + host),
    ),
  );
  const whole = JSON.parse(await written({ type: 'vector', columns }, grid, true)) as Answered;
  const parts = await Promise.all(
    columns.map(async (column) => written({ type: 'vector', columns: [column] }, grid, true)),
  );
  const expected = parts.flatMap((part) => (JSON.parse(part) as Answered).data.result);
  assert.deepEqual(whole.data.result, expected);
});
