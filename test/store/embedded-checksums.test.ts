// A chunk, a series and the number of a host's chunks are what they say, or they are damaged: never another's value.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { openStore, temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';
import { flipBit, inFile, toFirstSchema } from './week-damage.ts';

const MINUTE = 60_000;
const T0 = Date.parse('2026-03-18T08:00:00Z');
const NOW = T0 + 86_400_000;
const WEEK = 'week-2026-03-16.sqlite';
const HOSTS = ['web-1', 'web-2'];

/** Two hosts with two series of 60 points each, sealed and stopped. Host k's series s has the values 100 k + 10 s + 0..0.59. */
async function sealed(t: TestContext): Promise<{ directory: string; path: string }> {
  const directory = await temporaryFolder();
  const { store, clock } = await openStore(t, { directory, nowMs: NOW });
  const { record } = createRecorder();
  for (const [k, host] of HOSTS.entries()) {
    const ticks = Array.from({ length: 60 }, (_, i) => ({
      host,
      ms: T0 + i * MINUTE,
      values: { 'm.s0': 100 * k + i / 100, 'm.s1': 100 * k + 10 + i / 100 },
    }));
    await store.write([record(ticks, { backfill: true })]);
  }
  await until('sealed', () => store.stats()['head_samples'] === 0, { clock });
  await store.stop();
  return { directory, path: join(directory, WEEK) };
}

/** `host metric` of every series, with its first value; a wrong value anywhere fails. */
async function readAll(store: Store): Promise<Record<string, number>> {
  const found: Record<string, number> = {};
  for (const [s, metric] of ['m.s0', 'm.s1'].entries()) {
    for (const series of await store.range({ metric, startMs: T0, stopMs: T0 + 60 * MINUTE })) {
      const k = HOSTS.indexOf(series.hostId);
      series.values.forEach((value, i) => {
        assert.equal(value, 100 * k + 10 * s + (series.timesMs[i]! - T0) / MINUTE / 100);
      });
      found[`${series.hostId} ${metric}`] = series.values.length;
    }
  }
  return found;
}

const total = (found: Record<string, number>) => Object.values(found).reduce((sum, count) => sum + count, 0);
const WHOLE = { 'web-1 m.s0': 60, 'web-2 m.s0': 60, 'web-1 m.s1': 60, 'web-2 m.s1': 60 };
const without = (name: keyof typeof WHOLE) => {
  const { [name]: _, ...rest } = WHOLE;
  return rest;
};

test('a chunk that stands under the row of another series is not that series', async (t) => {
  const { directory, path } = await sealed(t);
  inFile(path, (db) => {
    const [first, second] = db.prepare<[], { id: number; data: Buffer }>('SELECT * FROM chunks').all();
    db.prepare('UPDATE chunks SET data = ? WHERE id = ?').run(first!.data, second!.id);
  });
  const { store, lines } = await openStore(t, { directory, nowMs: NOW });
  const found = total(await readAll(store));
  assert.ok(found < 240 && found >= 120, `${found} points`);
  await until('named', () =>
    lines.some((line) => /damaged chunk of m\.s\d of web-\d, 2026-03-18T\S+ to 2026-03-18T/.test(line)),
  );
});

test('a series whose name lost a bit is left out and counted, under no other name', async (t) => {
  const { directory, path } = await sealed(t);
  // In the row of one series: the only place where host and key stand together.
  await flipBit(path, 'web-2m.s1');
  const { store, lines } = await openStore(t, { directory, nowMs: NOW });
  assert.deepEqual(await readAll(store), without('web-2 m.s1'));
  for (const metric of ['m.s1', 'm.q1', 'm.s5']) {
    for (const { hostId } of await store.range({ metric, startMs: T0, stopMs: NOW })) {
      assert.ok(HOSTS.includes(hostId));
    }
  }
  await until('said', () => lines.some((line) => /1 series of .* damaged/.test(line)));
});

test('a file of the first schema opens with every value, and is written on with the longer checksum', async (t) => {
  const { directory, path } = await sealed(t);
  toFirstSchema(path);
  const { store, clock } = await openStore(t, { directory, nowMs: NOW });
  assert.deepEqual(await readAll(store), WHOLE);
  const { record } = createRecorder();
  const more = { host: 'web-1', ms: T0 + 60 * MINUTE, values: { 'm.s0': 0.6, 'm.s2': 7 } };
  await store.write([record([more], { backfill: true })]);
  await until('merged', () => store.stats()['head_samples'] === 0 && store.stats()['chunks_merged'] === 1, {
    clock,
  });
  assert.deepEqual(await readAll(store), WHOLE);
  assert.equal((await store.range({ metric: 'm.s2', startMs: T0, stopMs: NOW })).length, 1);
  await store.stop();
  inFile(path, (db) => {
    assert.equal(db.prepare('SELECT count(*) FROM series WHERE sum IS NULL').pluck().get(), 0);
    // Counted by the check at the start, and with each that is written.
    const sum = db.prepare('SELECT sum(chunks) FROM units').pluck().get();
    assert.equal(sum, db.prepare('SELECT count(*) FROM chunks').pluck().get());
  });
  const again = await openStore(t, { directory, nowMs: NOW });
  assert.deepEqual(await readAll(again.store), WHOLE);
});

test('a chunk that vanished is missed at the next start, by host and hours, and counted', async (t) => {
  const { directory, path } = await sealed(t);
  // Its bytes too: what is only out of the tree is found again in its page.
  inFile(path, (db) => {
    db.pragma('secure_delete = 1');
    db.exec('DELETE FROM chunks WHERE id = (SELECT max(id) FROM chunks)');
  });
  const { store, lines } = await openStore(t, { directory, nowMs: NOW });
  await until('said', () =>
    lines.some((line) => /1 chunks of .* are lost to damage: web-\d 2026-03-18T/.test(line)),
  );
  assert.equal(store.stats()['chunks_lost'], 1);
  await store.stop();
  // The file that replaced it has no more than it says.
  const again = await openStore(t, { directory, nowMs: NOW });
  assert.ok(!again.lines.some((line) => /lost to damage/.test(line)));
});

test('in a file of the first schema a damaged chunk is still found by its shorter checksum', async (t) => {
  const { directory, path } = await sealed(t);
  toFirstSchema(path);
  const data = inFile(path, (db) => db.prepare<[], Buffer>('SELECT data FROM chunks').pluck().all()[0]!);
  await flipBit(path, data);
  const { store } = await openStore(t, { directory, nowMs: NOW });
  const found = total(await readAll(store));
  assert.ok(found < 240 && found >= 120, `${found} points`);
});
