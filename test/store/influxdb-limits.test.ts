// Limits of the InfluxDB store towards its server: how old, how much at once, how often, and what is said again.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createInfluxStore, type InfluxStoreParts } from '../../src/store/influxdb/store.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { BUCKET, type InfluxStub, STORED, startInfluxStub } from './influxdb-stub.ts';
import { createRecorder } from './records.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');
let stub: InfluxStub;
let clock: VirtualClock;
let store: Store | undefined;
let recorder = createRecorder();

beforeEach(async () => {
  stub = await startInfluxStub();
  clock = createVirtualClock(NOW);
  recorder = createRecorder();
});
afterEach(async () => {
  let isStopped = false;
  void (store?.stop() ?? Promise.resolve()).then(() => (isStopped = true));
  await until('the store is stopped', () => isStopped, { clock });
  store = undefined;
  await stub.stop();
});

async function open(more: Partial<InfluxStoreParts> = {}): Promise<Store> {
  const access = { url: stub.url, org: 'o', bucket: 'b', token: 'token' };
  store = await createInfluxStore({ ...access, clock, logger: silentLogger, ...more });
  return store;
}

const tick = (host: string) => ({ host, ms: NOW, values: { 'cpu.usage': 1 } });
const isUnavailable = { kind: 'unavailable' };

test('samples older than the bucket keeps them are rejected, whatever the configuration says', async () => {
  const days = 86_400_000;
  stub.answer('bucket', {
    ...BUCKET,
    body: JSON.stringify({ buckets: [{ retentionRules: [{ everySeconds: 2 * 86_400 }] }] }),
  });
  const opened = await open({ retentionMs: 30 * days });
  const ticks = [2 * days, 2 * days + 1].map((age) => ({ ...tick('a'), ms: NOW - age }));
  const { samples, rejected } = await opened.write([recorder.record(ticks, { receivedMs: NOW })]);
  assert.deepEqual([samples, rejected.map(({ timeMs }) => NOW - timeMs)], [1, [2 * days + 1]]);
});

test('a batch has at most 4 MiB of text', async () => {
  const opened = await open();
  const long = 'x'.repeat(1_000);
  const labels = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`label${i}`, long]));
  const ticks = Array.from({ length: 300 }, (_, i) => ({ ...tick(`web-${i}`), labels }));
  await opened.write([recorder.record(ticks)]);
  const sizes = stub.writes().map(({ lines }) => lines.reduce((sum, line) => sum + line.length, 0));
  assert.ok(sizes.length >= 2, `${sizes}`);
  // With the line that passed the limit.
  assert.ok(Math.max(...sizes) < 4.1 * 1_048_576, `${sizes}`);
});

test('after a write that failed all that it said of its hosts is said again', async () => {
  const opened = await open({ retryForMs: 0 });
  const saidOf = (lines: readonly string[]) => ({
    state: lines.some((line) => line.includes(',state=')),
    mark: lines.some((line) => line.startsWith('minimon_watermark')),
  });
  const batch = recorder.record([tick('a')]);
  stub.answer('write', { status: 500 }, STORED);
  await assert.rejects(opened.write([batch]), isUnavailable);
  await opened.write([batch]);
  await opened.write([{ ...batch, next: batch.next + 1 }]);
  assert.deepEqual(
    stub.writes().map(({ lines }) => saidOf(lines)),
    [
      { state: true, mark: true },
      { state: true, mark: true },
      { state: false, mark: false },
    ],
  );
});

test('a query is repeated once where its connection had been closed, and not where rows came', async () => {
  const opened = await open();
  const dropped = { status: -1 };
  stub.answer('query', dropped, dropped, dropped);
  const asked = () => stub.requests.filter(({ what }) => what === 'POST query').length;
  await assert.rejects(opened.metrics({ sinceMs: 0 }), isUnavailable);
  assert.equal(asked(), 2);
});
