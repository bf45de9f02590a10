// Opening a SQLite file: schema steps run once, a newer schema is refused, damage is moved aside, a lock excludes others.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { openDataManifest } from '../../src/runtime/data-manifest.ts';
import { directoryId } from '../../src/runtime/directory-id.ts';
import { lockFile, openSqlite } from '../../src/runtime/sqlite.ts';

const STEPS = ['CREATE TABLE a (x)', 'INSERT INTO a VALUES (1)', 'INSERT INTO a VALUES (2)'];
const freshPath = () => join(mkdtempSync(join(tmpdir(), 'minimon-sqlite-')), 'made', 'file.sqlite');
const open = (path: string, steps: number, damage: string[] = []) =>
  openSqlite({
    path,
    synchronous: 'full',
    schema: STEPS.slice(0, steps),
    onDamaged: (message) => damage.push(message),
  });
const values = (path: string, steps: number) => {
  const db = open(path, steps);
  try {
    return db.prepare('SELECT x FROM a ORDER BY x').pluck().all();
  } finally {
    db.close();
  }
};

test('each step of the schema runs once, whatever version opens the file first', () => {
  const path = freshPath();
  assert.deepEqual(values(path, 2), [1]);
  assert.deepEqual(values(path, 3), [1, 2]);
  assert.deepEqual(values(path, 3), [1, 2]);
});

test('a file of a newer version is refused and left as it is', () => {
  const path = freshPath();
  values(path, 3);
  const damage: string[] = [];
  assert.throws(() => open(path, 2, damage), {
    code: 'SCHEMA_TOO_NEW',
    message: `${path} was written by a newer minimon (schema 3, this one knows 2)`,
    hint: /newer version.*--data/,
  });
  assert.deepEqual(damage, []);
  assert.deepEqual(values(path, 3), [1, 2]);
});

test('a damaged file is moved aside and a new one takes its place', () => {
  const path = freshPath();
  values(path, 3);
  writeFileSync(path, 'not a database');
  const damage: string[] = [];
  open(path, 3, damage).close();
  assert.match(damage.join(), /is damaged .* moved to .*\.damaged-/);
  assert.equal(readdirSync(dirname(path)).filter((name) => name.includes('.damaged-')).length, 1);
  assert.deepEqual(values(path, 3), [1, 2]);
});

test('a locked file cannot be locked twice, and a damaged lock is replaced', () => {
  const path = join(mkdtempSync(join(tmpdir(), 'minimon-sqlite-')), 'lock.sqlite');
  writeFileSync(path, 'x'.repeat(4_096));
  const release = lockFile(path);
  assert.ok(release);
  assert.equal(lockFile(path), undefined);
  release();
  lockFile(path)?.();
});

const withTables = (directory: string, more: Partial<Parameters<typeof openSqlite>[0]> = {}) => {
  const said: string[] = [];
  const db = openSqlite({
    path: join(directory, 'file.sqlite'),
    synchronous: 'full',
    schema: ['CREATE TABLE rows (id INTEGER PRIMARY KEY, value)', 'CREATE INDEX by_value ON rows (value)'],
    onDamaged: (message) => said.push(message),
    salvage: () => 'salvaged',
    ...more,
  });
  return { db, said };
};
const freshDirectory = () => mkdtempSync(join(tmpdir(), 'minimon-sqlite-'));
/** What a disk does: one byte where the text stands. */
function changeText(path: string, from: string, to: string): void {
  const bytes = readFileSync(path, 'latin1');
  assert.ok(bytes.includes(from), from);
  writeFileSync(path, bytes.replace(from, to), 'latin1');
}

test('a name in the schema that is another one is damage: what was there is salvaged', () => {
  for (const [from, to] of [
    ['PRIMARY KEY, value', 'PRIMARY KEY, valug'],
    ['ON rows (value)', 'ON rows (idlue)'],
  ] as const) {
    const directory = freshDirectory();
    withTables(directory).db.close();
    changeText(join(directory, 'file.sqlite'), from, to);
    const { db, said } = withTables(directory);
    assert.match(said.join(), /is damaged .*salvaged/);
    assert.deepEqual(db.prepare('SELECT value FROM rows').all(), []);
    db.close();
  }
});

test('a version with a flipped bit is told from a newer one by its second copy', () => {
  for (const version of [0, 3, 6, 2 ** 30]) {
    const directory = freshDirectory();
    withTables(directory).db.exec(`INSERT INTO rows VALUES (1, 'kept'); PRAGMA user_version = ${version}`);
    const { db, said } = withTables(directory);
    assert.deepEqual(said, []);
    assert.equal(db.pragma('user_version', { simple: true }), 2);
    assert.equal(db.prepare('SELECT value FROM rows').pluck().get(), 'kept');
    db.close();
  }
});

test('a file of a version before there were stamps is taken and stamped', () => {
  const directory = freshDirectory();
  const owner = directoryId(directory, assert.fail);
  withTables(directory, { owner }).db.exec("INSERT INTO rows VALUES (1, 'kept'); PRAGMA application_id = 0");
  const { db, said } = withTables(directory, { owner: directoryId(directory, assert.fail) });
  assert.deepEqual([said, db.prepare('SELECT value FROM rows').pluck().get()], [[], 'kept']);
  assert.notEqual(db.pragma('application_id', { simple: true }), 0);
});

test("a file of another directory is refused by name, and one whose directory's id is lost is taken", () => {
  const [one, other] = [freshDirectory(), freshDirectory()];
  withTables(one, { owner: directoryId(one, assert.fail) }).db.close();
  withTables(other, { owner: directoryId(other, assert.fail) }).db.close();
  copyFileSync(join(one, 'file.sqlite'), join(other, 'file.sqlite'));
  assert.throws(() => withTables(other, { owner: directoryId(other, assert.fail) }), {
    code: 'FOREIGN_FILE',
    message: /file\.sqlite belongs to another data directory/,
    hint: /Restore the right file/,
  });
  writeFileSync(join(other, 'directory-id'), 'x');
  const said: string[] = [];
  withTables(other, { owner: directoryId(other, (message) => said.push(message)) }).db.close();
  assert.match(said.join(), /directory-id is damaged/);
  withTables(other, { owner: directoryId(other, assert.fail) }).db.close();
});

test("a stamp with two flipped bits is the file's own, and one with three another directory's", () => {
  for (const flipped of [0b1, 0b11, 0b111]) {
    const directory = freshDirectory();
    const owner = () => directoryId(directory, assert.fail);
    owner();
    const { db } = withTables(directory, { owner: owner() });
    const stamp = db.pragma('application_id', { simple: true }) as number;
    db.pragma(`application_id = ${stamp ^ flipped}`);
    db.close();
    const again = () => withTables(directory, { owner: owner() });
    if (flipped === 0b111) assert.throws(again, { code: 'FOREIGN_FILE' });
    else {
      const { db: taken, said } = again();
      assert.deepEqual([said, taken.pragma('application_id', { simple: true })], [[], stamp]);
      taken.close();
    }
  }
});

test('a commit is durable as was asked for, and a reader changes nothing', () => {
  for (const [synchronous, level] of [
    ['full', 2],
    ['normal', 1],
  ] as const) {
    const path = freshPath();
    const db = openSqlite({ path, synchronous, schema: STEPS });
    const pragma = (name: string) => db.pragma(name, { simple: true });
    assert.deepEqual([pragma('synchronous'), pragma('journal_mode')], [level, 'wal']);
    const reader = openSqlite({ path, synchronous, readonly: true });
    assert.throws(() => reader.exec('INSERT INTO a VALUES (3)'), /readonly/);
    reader.close();
    db.close();
  }
});

test('a directory of the data directory that vanished is named once, and others are not', () => {
  const directory = freshDirectory();
  const open = () => {
    const said: string[] = [];
    return { manifest: openDataManifest({ directory, nowMs: 0, error: (text) => said.push(text) }), said };
  };
  for (const name of ['bus', 'manage', 'persist', 'store']) mkdirSync(join(directory, name));
  for (const name of ['bus', 'manage', 'persist']) writeFileSync(join(directory, name, 'file'), '');
  open().manifest.update();
  rmSync(join(directory, 'manage'), { recursive: true });
  // Emptied, as by a mount that is not there; `store` never held anything.
  rmSync(join(directory, 'persist', 'file'));
  const { manifest, said } = open();
  assert.deepEqual(
    said.map((text) => /(\w+) is missing, and was there/.exec(text)?.[1]),
    ['manage', 'persist'],
  );
  manifest.update();
  assert.deepEqual(open().said, []);
});
