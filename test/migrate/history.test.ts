// What `minimon migrate` copies from one store to another: every sample, and when each host was last received.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyHistory, type HistoryProgress } from '../../src/daemons/migrate/history.ts';
import { openStore, temporaryFolder } from '../store/opened.ts';
import { createRecorder, pointsOf, type TickSpec } from '../store/records.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const T0 = Date.parse('2026-03-18T08:00:00Z');
const METRICS = ['cpu.usage', 'mem.usage'];

const ticksOf = (host: string, fromMs: number, toMs: number): TickSpec[] =>
  Array.from({ length: (toMs - fromMs) / MINUTE }, (_, i) => ({
    host,
    ms: fromMs + i * MINUTE,
    values: { 'cpu.usage': i % 97, 'mem.usage': 40 + (i % 7) },
  }));

test('every sample is copied: history, the newest tick, and that of a host that ended long before; and ends of series', async (t) => {
  const [from, to] = [await temporaryFolder(), await temporaryFolder()];
  const nowMs = T0 + 2 * DAY;
  const source = (await openStore(t, { directory: from, nowMs })).store;
  // The target's clock is far from the data: what counts is when the source received it.
  const target = (await openStore(t, { directory: to, nowMs: nowMs + 3 * DAY })).store;
  const { record } = createRecorder();
  await source.write([record(ticksOf('ended', T0, T0 + HOUR))]);
  await source.write([record(ticksOf('history-alone', T0, T0 + 5 * HOUR), { backfill: true })]);
  await source.write([record(ticksOf('web-1', T0, T0 + 5 * HOUR), { receivedMs: T0 + 5 * HOUR + 7 })]);
  const [first, ...others] = ticksOf('web-2', T0, T0 + 5 * MINUTE).map((tick) => ({
    ...tick,
    source: 'otel',
  }));
  const failed = { ...first!, ms: T0 + 10 * MINUTE, values: {}, ended: METRICS };
  await source.write([record([first!, ...others, failed, { ...first!, ms: T0 + 20 * MINUTE }])]);

  const copied: HistoryProgress[] = [];
  const hosts = await source.hosts({ sinceMs: 0 });
  await copyHistory({
    source,
    target,
    hosts,
    metrics: METRICS,
    fromMs: T0,
    toMs: T0 + 5 * HOUR,
    signal: new AbortController().signal,
    onWindow: (progress) => copied.push(progress),
  });

  assert.deepEqual(copied.at(-1), {
    throughMs: T0 + 5 * HOUR,
    samples: 2 * (60 + 300 + 300 + 6),
    rejected: 0,
    reason: undefined,
  });
  for (const metric of METRICS) {
    const range = { metric, startMs: T0, stopMs: T0 + DAY, ends: true };
    const ended = (await target.range(range)).filter(({ values }) => values.includes(Number.NaN));
    assert.deepEqual(
      ended.map(({ hostId }) => hostId),
      ['web-2'],
    );
    assert.deepEqual(pointsOf(await target.range(range)), pointsOf(await source.range(range)));
  }
  const received = (found: typeof hosts) =>
    found.map(({ hostId, lastReceivedMs }) => [hostId, lastReceivedMs]);
  assert.deepEqual(received(await target.hosts({ sinceMs: 0 })), received(hosts));
});
