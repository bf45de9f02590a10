// The copies beside a catalog: when one is made, which one becomes the older, and which is taken.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { openSqliteCatalog } from '../../src/catalog/sqlite.ts';
import { keepCopies, restoreCopy, wholeCopy } from '../../src/catalog/sqlite-copies.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { until } from '../until.ts';

const DAY_MS = 86_400_000;
const root = mkdtempSync(join(tmpdir(), 'minimon-copies-'));
after(() => rmSync(root, { recursive: true, force: true }));

const rowsOf = (path: string): number => {
  const db = openSqlite({ path, synchronous: 'normal' });
  try {
    return db.prepare<[], number>('SELECT count(*) FROM t').pluck().get()!;
  } finally {
    db.close();
  }
};

test('a copy follows each change, the older one is replaced after a day, and the last is made at the end', async () => {
  const path = join(root, 'kept.db');
  const db = openSqlite({ path, synchronous: 'normal' });
  db.exec('CREATE TABLE t (n INTEGER)');
  const clock = createVirtualClock(Date.UTC(2026, 10, 25, 12));
  const errors: string[] = [];
  const copies = keepCopies(db, { path, clock, onChanged: () => {}, onError: (why) => errors.push(why) });
  const [newest, older] = [`${path}.copy`, `${path}.copy-1`];
  const inode = () => statSync(newest, { throwIfNoEntry: false })?.ino;
  const copied = async (change: () => void) => {
    const before = inode();
    change();
    await until('it is copied', () => inode() !== undefined && inode() !== before, { clock });
  };
  const add = (olderAgeMs?: number) => () => {
    db.exec('INSERT INTO t VALUES (1)');
    const at = (clock.nowMs() - (olderAgeMs ?? 0)) / 1_000;
    if (olderAgeMs !== undefined) utimesSync(older, at, at);
  };
  const rows = () => [rowsOf(newest), rowsOf(older)];
  await copied(() => {});
  await copied(add());
  assert.deepEqual(rows(), [1, 0]);
  const first = inode();
  const soonMs = clock.nowMs() + 12_000;
  add()();
  await until('it is soon after', () => clock.nowMs() > soonMs, { clock });
  assert.equal(inode(), first, 'not more often than every 15 s');
  await copied(() => {});
  assert.deepEqual(rows(), [2, 0]);
  await copied(add(DAY_MS - 60_000));
  assert.deepEqual(rows(), [3, 0], 'the older one is not a day old yet');
  await copied(add(DAY_MS + 60_000));
  assert.deepEqual(rows(), [4, 3]);
  const same = inode();
  add(0)();
  await copies.stop();
  assert.notEqual(inode(), same);
  assert.deepEqual([rows(), errors], [[5, 3], []]);
  db.close();
});

test('without a change no copy is made', async () => {
  const path = join(root, 'same.db');
  const db = openSqlite({ path, synchronous: 'normal' });
  db.exec('CREATE TABLE t (n INTEGER); INSERT INTO t VALUES (1)');
  const clock = createVirtualClock(Date.UTC(2026, 10, 25, 12));
  const copies = keepCopies(db, { path, clock, onChanged: () => {}, onError: assert.fail });
  const inode = () => statSync(`${path}.copy`, { throwIfNoEntry: false })?.ino;
  await until('it is copied', () => inode() !== undefined, { clock });
  const first = inode();
  await copies.stop();
  assert.equal(inode(), first);
  db.close();
});

test('a copy that cannot be made is said once, until one can', async () => {
  const path = join(root, 'blocked.db');
  const db = openSqlite({ path, synchronous: 'normal' });
  db.exec('CREATE TABLE t (n INTEGER)');
  // A directory in its place.
  mkdirSync(join(`${path}.copy`, 'in the way'), { recursive: true });
  mkdirSync(join(`${path}.copy-1`, 'in the way'), { recursive: true });
  const clock = createVirtualClock(Date.UTC(2026, 10, 25, 12));
  const errors: string[] = [];
  const copies = keepCopies(db, { path, clock, onChanged: () => {}, onError: (why) => errors.push(why) });
  await until('it was tried', () => errors.length > 0, { clock });
  const endMs = clock.nowMs() + 60_000;
  await until('it was tried again', () => clock.nowMs() > endMs, { clock });
  assert.equal(errors.length, 1, errors.join('\n'));
  const copy = `${path}.copy`;
  for (const blocked of [copy, `${path}.copy-1`]) rmSync(blocked, { recursive: true });
  await until('it is copied', () => statSync(copy, { throwIfNoEntry: false })?.isFile() === true, { clock });
  rmSync(copy);
  mkdirSync(join(copy, 'in the way'), { recursive: true });
  mkdirSync(join(`${path}.copy-1`, 'in the way'), { recursive: true });
  db.exec('INSERT INTO t VALUES (1)');
  await until('it is said again', () => errors.length === 2, { clock });
  await copies.stop();
  db.close();
});

test('the newest copy is taken, unless a row of it is not what was written', async () => {
  const path = join(root, 'catalog.db');
  const catalog = await openSqliteCatalog({ path, logger: silentLogger });
  await catalog.inventory.insert({ hostId: 'a', location: '725' }, 'ann');
  await catalog.stop();
  const [newest, older] = [`${path}.copy`, `${path}.copy-1`];
  copyFileSync(newest, older);
  assert.equal(wholeCopy(path)?.path, newest);
  const bytes = readFileSync(newest);
  bytes.write('{"to":"726"}', bytes.indexOf('{"to":"725"}'));
  writeFileSync(newest, bytes);
  const whole = wholeCopy(path)!;
  assert.equal(whole.path, older);
  // The log of the file that it replaces would be played into it.
  for (const end of ['-wal', '-shm']) writeFileSync(path + end, 'of another');
  restoreCopy(whole, path);
  assert.deepEqual(
    ['', '-wal', '-shm'].map((end) => existsSync(path + end)),
    [true, false, false],
  );
});
