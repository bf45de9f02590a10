// A damaged file costs the embedded store one week at most, and a folder it cannot have is named.
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open, readdir, readFile, rm, rmdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { createReaderFiles } from '../../src/store/embedded/reader-files.ts';
import { createEmbeddedStore } from '../../src/store/embedded/store.ts';
import { weekOfFileName } from '../../src/store/embedded/windows.ts';
import type { Store } from '../../src/store/store.ts';
import { until } from '../until.ts';
import { openStore, temporaryFolder } from './opened.ts';
import { createRecorder } from './records.ts';
import { flipBit, inFile } from './week-damage.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;
const T0 = Date.parse('2026-03-18T08:00:00Z');
const NOW = T0 + DAY;
const LAST_WEEK = 'week-2026-03-09.sqlite';
const THIS_WEEK = 'week-2026-03-16.sqlite';

/** A store of two weeks with `series` sealed series in each, stopped. */
async function twoWeeks(t: TestContext, series = 3): Promise<string> {
  const directory = await temporaryFolder();
  const { store, clock } = await openStore(t, { directory, nowMs: NOW });
  const { record } = createRecorder();
  const values = (i: number) =>
    Object.fromEntries(Array.from({ length: series }, (_, k) => [`m.s${k}`, Math.sin(i * (k + 1)) * 1e5]));
  for (const start of [T0 - 7 * DAY, T0]) {
    const ticks = Array.from({ length: 60 }, (_, i) => ({
      host: 'web-1',
      ms: start + i * MINUTE,
      values: values(i),
    }));
    await store.write([record(ticks, { backfill: true })]);
  }
  await until('sealed', () => store.stats()['head_samples'] === 0 && store.stats()['weeks'] === 2, { clock });
  await store.stop();
  return directory;
}

const points = async (store: Store, startMs: number, metric = 'm.s0') =>
  (await store.range({ metric, startMs, stopMs: startMs + 60 * MINUTE }))[0]?.values.length ?? 0;

const damages: Record<string, (path: string) => Promise<void>> = {
  'cut short': (path) => truncate(path, 6_000),
  'of length zero': (path) => truncate(path, 0),
  'full of garbage': (path) => writeFile(path, Buffer.alloc(20_000, 'no database')),
};

for (const [how, damage] of Object.entries(damages)) {
  test(`a week file ${how} is replaced by what can be read of it, with a message`, async (t) => {
    const directory = await twoWeeks(t);
    await damage(join(directory, LAST_WEEK));
    const { store, lines } = await openStore(t, { directory, nowMs: NOW });
    assert.equal(await points(store, T0), 60);
    assert.equal(await points(store, T0 - 7 * DAY), 0);
    await until('logged', () =>
      lines.some((line) => line.includes(LAST_WEEK) && /moved to .*damaged/.test(line)),
    );
    assert.ok((await readdir(directory)).some((name) => name.startsWith(`${LAST_WEEK}.damaged-`)));
    assert.equal(store.unhealthy(), undefined);
    const { record } = createRecorder();
    await store.write([
      record([{ host: 'web-1', ms: T0 - 7 * DAY, values: { 'm.s0': 1 } }], { backfill: true }),
    ]);
    assert.equal(await points(store, T0 - 7 * DAY), 1);
  });
}

test('damage in the middle of a file is found while reading: what can be read is kept, the rest named', async (t) => {
  const directory = await twoWeeks(t, 200);
  const path = join(directory, LAST_WEEK);
  const bytes = await readFile(path);
  // Not the pages at either end, which the start looks at.
  const third = Math.floor(bytes.length / 3);
  const file = await open(path, 'r+');
  await file.write(Buffer.alloc(third, 0xee), 0, third, third);
  await file.close();
  const { store, clock, lines } = await openStore(t, { directory, nowMs: NOW });
  const count = async (k: number) => {
    const query = { metric: `m.s${k}`, startMs: T0 - 8 * DAY, stopMs: NOW, stepMs: DAY } as const;
    const [series] = await store.range({ ...query, aggregate: 'count' });
    return series!.values.reduce((sum: number, value) => sum + (value ?? 0), 0);
  };
  const counts: number[] = [];
  for (let k = 0; k < 200; k++) counts.push(await count(k));
  // Never an error; the other week is whole all the while.
  assert.ok(counts.every((found) => found >= 60 && found <= 120));
  await until('moved aside', () => lines.some((line) => line.includes(LAST_WEEK) && /moved to/.test(line)), {
    clock,
  });
  const { record } = createRecorder();
  await store.write([
    record([{ host: 'web-1', ms: T0 - 7 * DAY, values: { 'm.s0': 1 } }], { backfill: true }),
  ]);
  await until('written', () => store.stats()['head_samples'] === 0, { clock });
  const after: number[] = [];
  for (let k = 0; k < 200; k++) after.push(await count(k));
  const whole = after.filter((found) => found === 120).length;
  assert.ok(whole >= 90 && whole < 200, `${whole} of 200 series are whole`);
  // Every chunk that is gone is counted, by host and hours.
  const named = lines.find((line) => /chunks of .* are lost to damage: web-1 2026-03-11T/.test(line));
  const gone = store.stats()['chunks_lost']!;
  assert.ok(gone >= 200 - whole && named?.includes(`${gone} chunks`), `${gone} chunks`);
  assert.equal(await points(store, T0), 60);
});

test('a chunk whose bits were flipped is left out by name; its neighbours stay', async (t) => {
  const directory = await twoWeeks(t);
  const path = join(directory, THIS_WEEK);
  await flipBit(
    path,
    inFile(path, (db) => db.prepare<[], Buffer>('SELECT data FROM chunks').pluck().get()!),
  );
  const { store, lines } = await openStore(t, { directory, nowMs: NOW });
  const counts = await Promise.all([0, 1, 2].map((k) => points(store, T0, `m.s${k}`)));
  assert.deepEqual(counts.toSorted(), [0, 60, 60]);
  await until('named', () => lines.some((line) => /damaged chunk of m\.s\d of web-1/.test(line)));
});

test('a damaged hosts.sqlite is replaced, and hosts are rebuilt from their samples', async (t) => {
  const directory = await twoWeeks(t);
  await writeFile(
    join(directory, 'hosts.sqlite'),
    'no database at all, but long enough to be looked at'.repeat(40),
  );
  const { store, lines } = await openStore(t, { directory, nowMs: NOW });
  const [host] = await store.hosts({ sinceMs: T0 - DAY });
  assert.equal(host!.hostId, 'web-1');
  assert.ok(host!.firstSeenMs <= T0 - 7 * DAY && host!.lastSeenMs <= T0 + 60 * MINUTE);
  assert.ok(lines.some((line) => line.includes('hosts.sqlite') && /moved to/.test(line)));
});

for (const [what, of] of [
  ['that cannot be read any more', '"firstSeenMs"'],
  ['that reads well but is another', '"agentVersion":"'],
] as const) {
  test(`an entry of hosts.sqlite ${what} is rebuilt alone, and named`, async (t) => {
    const directory = await temporaryFolder();
    const first = await openStore(t, { directory, nowMs: NOW });
    const { record } = createRecorder();
    const values = { 'm.s0': 1 };
    const ticks = ['db-1', 'web-1'].map((host) => ({ host, ms: T0, values }));
    await first.store.write([record(ticks, { backfill: true })]);
    await until('sealed', () => first.store.stats()['head_samples'] === 0, first);
    const before = await first.store.hosts({ sinceMs: 0 });
    await first.store.stop();
    const path = join(directory, 'hosts.sqlite');
    // WAL: what was written last is found in the file itself.
    inFile(path, () => undefined);
    await flipBit(path, of);
    const { store, lines } = await openStore(t, { directory, nowMs: NOW });
    const hosts = await store.hosts({ sinceMs: 0 });
    assert.deepEqual(
      hosts.map(({ hostId }) => hostId),
      ['db-1', 'web-1'],
    );
    const same = hosts.filter((host, i) => JSON.stringify(host) === JSON.stringify(before[i]));
    assert.equal(same.length, 1);
    await until('named', () => lines.some((line) => /1 entries of hosts.sqlite were damaged/.test(line)));
    await until('rebuilt', () => lines.some((line) => /rebuilt 1 hosts .*(db|web)-1/.test(line)));
  });
}

test('a folder that another process uses is refused, and the process named', async (t) => {
  const directory = await temporaryFolder();
  const holder = fork(new URL('./holder.ts', import.meta.url), [directory]);
  t.after(() => holder.kill('SIGKILL'));
  await once(holder, 'message');
  const openHere = () =>
    createEmbeddedStore({ directory, clock: createVirtualClock(NOW), logger: silentLogger });
  await assert.rejects(openHere(), (error: { code?: string; message: string }) => {
    assert.equal(error.code, 'DATA_IN_USE');
    assert.ok(error.message.includes(directory) && error.message.includes(String(holder.pid)), error.message);
    return true;
  });
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await (await openHere()).stop();
});

test('a folder that cannot be written is refused by name', async () => {
  const directory = await temporaryFolder();
  const path = join(directory, 'file');
  await writeFile(path, '');
  for (const bad of [path, join(path, 'below'), '/proc/minimon']) {
    await assert.rejects(
      createEmbeddedStore({ directory: bad, clock: createVirtualClock(NOW), logger: silentLogger }),
      (error: { code?: string; message: string }) =>
        error.code === 'DIR_NOT_WRITABLE' && error.message.includes(bad),
    );
  }
});

test('while a file cannot be written the store says so and keeps the samples, and then goes on', async (t) => {
  const directory = await temporaryFolder();
  const { store, clock } = await openStore(t, { directory, nowMs: NOW });
  const { record } = createRecorder();
  await mkdir(join(directory, THIS_WEEK));
  const batch = record([{ host: 'web-1', ms: T0, values: { 'm.s0': 1 } }]);
  await store.write([batch]);
  await until('logged', () => /cannot write/.test(store.unhealthy() ?? ''), { clock });
  assert.equal(store.durable().get(0), undefined);
  await rmdir(join(directory, THIS_WEEK));
  await until('sealed', () => store.stats()['head_samples'] === 0, { clock });
  await until('durable', () => store.durable().get(0) === batch.next, { clock });
  assert.equal(store.unhealthy(), undefined);
  assert.equal(await points(store, T0), 1);
});

test('a week that is about to be moved aside is left alone by the reader until another file may be there', async (t) => {
  const directory = await twoWeeks(t);
  const [week] = (await readdir(directory)).map(weekOfFileName).filter((one) => one !== undefined);
  const files = createReaderFiles(directory, () => assert.fail('nothing is damaged'));
  const rows = () => files.read(week!, (file) => [...file.hostIds()].length);
  assert.ok(rows()! > 0);
  files.release(week!);
  assert.equal(rows(), undefined);
  assert.ok(!files.weeks({ from: week!, to: week! }).includes(week!));
  files.reopen(week!);
  assert.ok(rows()! > 0);
  files.close();
});

test('a week, or hosts.sqlite, that vanished is missed: said, counted, and said again', async (t) => {
  const directory = await twoWeeks(t);
  await rm(join(directory, LAST_WEEK));
  await rm(join(directory, 'hosts.sqlite'));
  for (const _ of ['first', 'second']) {
    const { store, lines } = await openStore(t, { directory, nowMs: NOW });
    assert.equal(await points(store, T0), 60);
    assert.ok((store.stats()['chunks_missing'] ?? 0) >= 3 && store.stats()['weeks_missing'] === 1);
    assert.ok(lines.some((line) => line.includes(`${LAST_WEEK} is missing`) && line.includes('"error"')));
    assert.deepEqual(
      (await store.hosts({ sinceMs: 0 })).map(({ hostId }) => hostId),
      ['web-1'],
    );
    await store.stop();
  }
});

test('a manifest that is damaged or missing is made again, with a word', async (t) => {
  const directory = await twoWeeks(t);
  const path = join(directory, 'manifest.json');
  for (const [damage, said] of [
    [() => writeFile(path, '{"version":1'), /manifest\.json is damaged/],
    [() => rm(path), /manifest\.json is not there/],
    [() => rm(path).then(() => mkdir(path)), /manifest\.json is damaged/],
  ] as const) {
    await damage();
    const { store, lines } = await openStore(t, { directory, nowMs: NOW });
    assert.equal(await points(store, T0), 60);
    assert.ok(
      lines.some((line) => said.test(line)),
      String(said),
    );
    await store.stop();
    const names = JSON.parse(await readFile(path, 'utf8')) as { files: [string, unknown][] };
    assert.deepEqual(
      names.files.map(([name]) => name),
      ['done.sqlite', 'hosts.sqlite', LAST_WEEK, THIS_WEEK],
    );
  }
});
