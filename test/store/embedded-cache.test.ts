// What the reader keeps is dropped when it changes: of files, where a window that had no chunk, and one that had, get late
// samples; of the head, with every tick of a host and with every seal.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';
import { createChunkCache } from '../../src/store/embedded/chunk-cache.ts';
import type { ReaderFile } from '../../src/store/embedded/reader-files.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { createPoints } from '../../src/store/points.ts';
import { until } from '../until.ts';
import { temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';

const T0 = Date.parse('2026-03-18T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('late samples are found in windows that were read before, with a chunk and without one', async (t) => {
  const clock = createVirtualClock(T0 + 20 * HOUR);
  const store = await createEmbeddedStore({ directory: await temporaryFolder(), clock, logger });
  t.after(() => store.stop());
  const { record } = createRecorder();
  const merged = async () => {
    await until('the merge', async () => {
      await clock.advanceTo(clock.nowMs() + 1_000);
      return store.stats()['head_samples'] === 0;
    });
  };
  const write = async (hours: readonly number[], minute: number) => {
    const ticks = ['a', 'b'].flatMap((host) =>
      hours.map((hour) => ({
        ...{ host, ms: T0 + hour * HOUR + minute * MINUTE, values: { 'cpu.usage': hour } },
      })),
    );
    await store.write([record(ticks, { receivedMs: clock.nowMs() })]);
    await merged();
  };
  const times = async () => {
    const query = { metric: 'cpu.usage', startMs: T0, stopMs: T0 + 8 * HOUR };
    return (await store.range(query)).map(({ timesMs }) => timesMs.map((ms) => (ms - T0) / MINUTE));
  };
  await write([1, 7], 0);
  for (let again = 0; again < 3; again++)
    assert.deepEqual(await times(), [
      [60, 420],
      [60, 420],
    ]);
  await write([1, 4], 30);
  for (let again = 0; again < 3; again++)
    assert.deepEqual(await times(), [
      [60, 90, 270, 420],
      [60, 90, 270, 420],
    ]);
});

test('what the reader was given of the head is what is there, after every tick, in every range, and after the seal', async (t) => {
  const clock = createVirtualClock(T0);
  const store = await createEmbeddedStore({ directory: await temporaryFolder(), clock, logger });
  t.after(() => store.stop());
  const { record } = createRecorder();
  const stored = new Map<string, Map<number, number>>();
  const tick = async (host: string, minute: number, value: number) => {
    const ms = T0 + minute * MINUTE;
    await store.write([
      record([{ host, ms, values: { 'cpu.usage': value } }], { receivedMs: clock.nowMs() }),
    ]);
    const ofHost = stored.get(host) ?? new Map<number, number>();
    // Of two values for one time the first stays.
    if (!ofHost.has(minute)) ofHost.set(minute, value);
    stored.set(host, ofHost);
  };
  const check = async (from: number, to: number) => {
    const query = { hosts: ['a', 'b', 'nobody'], metric: 'cpu.usage' };
    const range = { startMs: T0 + from * MINUTE, stopMs: T0 + to * MINUTE };
    const found = (await store.range({ ...query, ...range })).map(({ hostId, timesMs, values }) => [
      hostId,
      timesMs.map((ms, i) => [(ms - T0) / MINUTE, values[i]]),
    ]);
    const expected = [...stored].sort().flatMap(([hostId, points]) => {
      const inRange = [...points].filter(([minute]) => minute >= from && minute < to);
      return inRange.length === 0 ? [] : [[hostId, inRange.sort(([a], [b]) => a - b)]];
    });
    assert.deepEqual(found, expected, `${from} to ${to}`);
  };
  for (let minute = 0; minute < 200; minute += 5) {
    await clock.advanceTo(T0 + minute * MINUTE);
    await tick('a', minute, minute);
    await check(Math.max(0, minute - 60), minute + 1);
    if (minute % 10 === 0) await tick('b', minute, minute);
    if (minute % 15 === 0) await tick('a', Math.max(0, minute - 3), -minute);
    await tick('a', minute, 999);
    await check(Math.max(0, minute - 60), minute + 1);
    await check(0, Math.max(1, minute));
    await check(minute - 7, minute + 60);
  }
  await clock.advanceTo(T0 + 20 * HOUR);
  await until('all is sealed', async () => {
    await clock.advanceTo(clock.nowMs() + 1_000);
    await check(0, 200);
    return store.stats()['head_samples'] === 0;
  });
  await check(100, 160);
});

test('decoded chunks that were kept are forgotten when they are too many, and when their file changed', () => {
  const cache = createChunkCache();
  let version = 1;
  const file = { version: () => version } as unknown as ReaderFile;
  const points = createPoints(100_000);
  points.count = 100_000;
  cache.keep(file, 0, points, 0);
  assert.equal(cache.find(file, 0)?.count, 100_000);
  version = 2;
  assert.equal(cache.find(file, 0), undefined);
  for (let row = 0; row < 20; row++) cache.keep(file, row, points, 0);
  assert.equal(cache.find(file, 0)?.count, 100_000);
  cache.keep(file, 20, points, 99_000);
  assert.deepEqual([cache.find(file, 0)?.count, cache.find(file, 20)?.count], [undefined, 1_000]);
});
