// What the reader keeps of files is dropped when they change: a window that had no chunk, and one that had, get late samples.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger as logger } from '../../src/runtime/logging.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { until } from '../until.ts';
import { temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';

const T0 = Date.parse('2026-03-18T00:00:00Z');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

test('late samples are found in windows that were read before, with a chunk and without one', async (t) => {
  const clock = createVirtualClock(T0 + 20 * HOUR);
  const store = await createEmbeddedStore({ directory: await temporaryFolder(t), clock, logger });
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
