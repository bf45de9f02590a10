// Series and hosts that ended, by now or within the range: a backtest judges them as live evaluation did.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readTicks } from '../../src/daemons/analyze/backtest-ticks.ts';
import type { Sample } from '../../src/domain/tick.ts';
import { liveChanges, openRecording, type RecordedTick, type Recording } from './recordings.ts';

const MINUTE = 60_000;
const START_MS = Date.UTC(2026, 10, 23, 22);
const STOP_MS = START_MS + 60 * MINUTE;
const DATA = { metric: 'disk.usage', labels: { mount: '/data' } };

/** Full disks: of one that is unmounted, is there again and is gone for good; of a host whose scrapes fail in the end. */
function record(): Recording {
  const ticks: RecordedTick[] = [];
  for (let minute = 0; minute < 60; minute++) {
    const at = START_MS + minute * MINUTE;
    const tick = { timeMs: at, receivedMs: at, intervalMs: MINUTE };
    const uptime: Sample = { metric: 'uptime', labels: {}, value: minute * 60 };
    const isMounted = minute < 20 || (minute >= 30 && minute < 45);
    ticks.push({
      ...{ ...tick, hostId: 'unmounted', samples: [uptime, ...(isMounted ? [{ ...DATA, value: 95 }] : [])] },
      ...((minute === 20 || minute === 45) && { endedSeries: [DATA] }),
    });
    if (minute < 40) ticks.push({ ...tick, hostId: 'down', samples: [uptime, { ...DATA, value: 95 }] });
    // Nothing but ends.
    if (minute === 40) ticks.push({ ...tick, hostId: 'down', samples: [], endedSeries: [uptime, DATA] });
  }
  return { ticks, places: { unmounted: '725', down: '725' }, startMs: START_MS, stopMs: STOP_MS };
}

for (const expression of ['disk.usage > 90', 'disk.usage > 90 for 5m', 'silent for 3m']) {
  test(expression, async (t) => {
    const recording = record();
    const live = (await liveChanges([expression], recording)).get(expression)!;
    const recorded = await openRecording(recording);
    t.after(() => recorded.store.stop());
    const { changes } = await recorded.run({ rules: [{ name: 'r', expression }] });
    assert.ok(
      live.some((line) => line.includes('| firing |') && line.includes('down')),
      'nothing fires: the recording shows nothing',
    );
    assert.deepEqual(changes, live);
  });
}

test('an end between two portions of the range is told with its tick', async (t) => {
  const recorded = await openRecording(record());
  t.after(() => recorded.store.stop());
  const host = { id: 'unmounted', intervalMs: MINUTE, metrics: ['disk.usage', 'uptime'], series: 2 };
  const endMs = START_MS + 20 * MINUTE;
  const signal = new AbortController().signal;
  const told: number[] = [];
  for (const [startMs, stopMs] of [
    [START_MS, endMs],
    [endMs, endMs + 10 * MINUTE],
  ] as const) {
    for (const tick of (await readTicks(recorded.store, [host], { startMs, stopMs, signal })).ticks()) {
      assert.ok(tick.timeMs >= startMs && tick.samples.every(({ value }) => Number.isFinite(value)));
      if (tick.ended) told.push(tick.timeMs);
    }
  }
  assert.deepEqual(told, [endMs]);
});
