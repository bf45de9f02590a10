// No answer of the InfluxDB store depends on the reader's clock, and the newest watermark is the one that was written last.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createMarks } from '../../src/store/influxdb/marks.ts';
import { createInfluxStore } from '../../src/store/influxdb/store.ts';
import { startInfluxStub } from './influxdb-stub.ts';

const NOW = Date.parse('2026-03-18T15:20:00Z');
const HOUR = 3_600_000;
const MINUTE = 60_000;

async function questions(nowMs: number): Promise<readonly string[]> {
  const stub = await startInfluxStub();
  const access = { url: stub.url, org: 'o', bucket: 'b', token: 't' };
  const store = await createInfluxStore({
    ...access,
    clock: createVirtualClock(nowMs),
    logger: silentLogger,
  });
  const since = { sinceMs: NOW - 24 * HOUR };
  await store.hosts(since);
  await store.latest(since);
  await store.metrics(since);
  await store.watermarks();
  const asked = stub.requests
    .filter(({ what }) => what === 'POST query')
    .map(({ lines }) => lines.join('\n'));
  await store.stop();
  await stub.stop();
  return asked;
}

test('what is asked is the same whatever the clock of the reader says', async () => {
  const right = await questions(NOW);
  assert.equal(right.length, 4);
  for (const offHours of [-40 * 24, -5, -3, 3, 40 * 24])
    assert.deepEqual(await questions(NOW + offHours * HOUR), right, `off by ${offHours} h`);
});

test('marks stand at their own time, and behind the newest one where report was set back', () => {
  const marks = createMarks();
  const ahead = NOW + 40 * 24 * HOUR;
  for (const [receivedMs, pointMs] of [
    [NOW, NOW],
    [NOW - 4 * MINUTE, undefined],
    [ahead, ahead],
    [NOW + 1, ahead + 1],
    [NOW + 1, undefined],
    [NOW + 9, ahead + 2],
    [ahead + 2, ahead + 3],
    [ahead + 9, ahead + 9],
  ] as const)
    assert.equal(marks.next(0, receivedMs), pointMs, `after ${receivedMs - NOW}`);
  assert.equal(marks.next(1, NOW), NOW, 'each partition has its own');
});

test('what another process wrote is in front, and what was not stored is written again', () => {
  const marks = createMarks();
  marks.known([{ partition: 0, pointMs: NOW + HOUR }]);
  assert.equal(marks.next(0, NOW), NOW + HOUR + 1);
  marks.reset();
  assert.equal(marks.next(0, NOW), NOW + HOUR + 2);
  marks.known([{ partition: 0, pointMs: NOW }]);
  assert.equal(marks.next(0, NOW + 1), NOW + HOUR + 3);
});
