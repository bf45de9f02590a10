// Where series ended outlives the embedded store's head: in its files, without a replay, and in a replay before that.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { openStore, temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const T0 = Date.parse('2026-03-18T08:00:00Z');
const source = 'prometheus/node';

const shownBy = async (store: Store) => {
  const [series] = await store.range({ metric: 'load.1', startMs: T0, stopMs: T0 + HOUR, ends: true });
  return {
    points: series!.values.map(String),
    newest: (await store.latest({ sinceMs: T0 })).map(({ metric }) => metric),
  };
};
const EXPECTED = { points: ['1.5', 'NaN', '2.5', 'NaN'], newest: ['up.time'] };

test('what ended stays ended after a restart, by a replay and out of files', async (t) => {
  const directory = await temporaryFolder();
  const { record } = createRecorder();
  const at = (minute: number, value: number | undefined) => ({
    ...{ host: 'web-1', ms: T0 + minute * MINUTE, source },
    values: { 'up.time': minute, ...(value !== undefined && { 'load.1': value }) },
    ...(value === undefined && { ended: ['load.1'] }),
  });
  const log = [record([at(1, 1.5), at(2, undefined), at(3, 2.5), at(4, undefined)])];
  const first = await openStore(t, { directory, nowMs: T0 + 5 * MINUTE });
  await first.store.write(log);
  assert.deepEqual(await shownBy(first.store), EXPECTED);
  await first.store.stop();

  const second = await openStore(t, { directory, nowMs: T0 + 5 * MINUTE });
  assert.equal(second.store.durable().get(0) ?? 0, 0);
  await second.store.write(log);
  assert.deepEqual(await shownBy(second.store), EXPECTED);
  await second.clock.advanceTo(T0 + 5 * HOUR);
  await until('it is in files', () => (second.store.durable().get(0) ?? 0) === 1, second);
  assert.deepEqual(await shownBy(second.store), EXPECTED);
  await second.store.stop();

  const third = await openStore(t, { directory, nowMs: T0 + 5 * HOUR });
  assert.deepEqual(await shownBy(third.store), EXPECTED);
  assert.equal(third.lines.length, 0);
});
