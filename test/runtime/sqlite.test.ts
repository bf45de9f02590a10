// Opening a SQLite file: schema steps run once, a newer schema is refused, damage is moved aside, a lock excludes others.
import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
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
