// A write-ahead log is looked at before SQLite drops its end: every changed bit is found, and what crashes leave is none.
import assert from 'node:assert/strict';
import {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqlite, type SqliteDatabase } from '../../src/runtime/sqlite.ts';
import { damageOfLog } from '../../src/runtime/sqlite-log.ts';

const FRAME = 4096 + 24;

function opened(t: TestContext): { db: SqliteDatabase; path: string; put: (rows: number) => void } {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-log-'));
  const path = join(directory, 'a.sqlite');
  const db = openSqlite({
    path,
    synchronous: 'full',
    schema: ['CREATE TABLE a (id INTEGER PRIMARY KEY, x BLOB)'],
  });
  t.after(() => {
    db.close();
    rmSync(directory, { recursive: true });
  });
  const insert = db.prepare('INSERT INTO a (x) VALUES (?)');
  const put = db.transaction((rows: number) => {
    for (let i = 0; i < rows; i++) insert.run(Buffer.alloc(900, i));
  });
  return { db, path, put };
}

/** The log as it is now, changed, as the log of a file of its own. */
function judged(path: string, change: (log: Buffer) => Buffer): string | undefined {
  writeFileSync(`${path}.copy-wal`, change(readFileSync(`${path}-wal`)));
  return damageOfLog(`${path}.copy-wal`);
}

test('a changed bit is found wherever it is, and so is a page of zeros or a log of zeros', (t) => {
  const { path, put } = opened(t);
  for (let i = 0; i < 12; i++) put(1 + (i % 5));
  assert.equal(
    judged(path, (log) => log),
    undefined,
  );
  const size = readFileSync(`${path}-wal`).length;
  for (let bit = 0; bit < size * 8; bit += 10_007) {
    const why = judged(path, (log) => {
      log[bit >> 3]! ^= 1 << (bit & 7);
      return log;
    });
    assert.ok(why, `bit ${bit & 7} of byte ${bit >> 3}`);
  }
  assert.match(judged(path, (log) => log.fill(0, 3 * 4096, 4 * 4096)) ?? '', /damaged in frame 4 of/);
  assert.match(judged(path, (log) => log.fill(0)) ?? '', /damaged header/);
});

test('the end of a transaction that was not committed is no damage', (t) => {
  const { path, put } = opened(t);
  put(1);
  const committed = readFileSync(`${path}-wal`).length;
  put(40);
  for (let end = committed; end < readFileSync(`${path}-wal`).length - FRAME; end += 700) {
    assert.equal(
      judged(path, (log) => log.subarray(0, end)),
      undefined,
      `cut at ${end}`,
    );
  }
  // Cut in the page that ends the transaction: nobody was told that it is stored, or it was hit.
  assert.match(
    judged(path, (log) => log.subarray(0, -100)) ?? '',
    /incomplete: never acknowledged, or damaged/,
  );
});

test('frames of an earlier round of the log, or of a transaction that was rolled back, are no damage', (t) => {
  const { db, path, put } = opened(t);
  put(60);
  db.pragma('wal_checkpoint(PASSIVE)');
  put(2);
  assert.equal(
    judged(path, (log) => log),
    undefined,
  );
  // Written out before its end because the cache is small; what comes then is shorter.
  db.pragma('cache_size = 10');
  assert.throws(() =>
    db.transaction(() => {
      for (let i = 0; i < 30; i++) put(10);
      throw new Error('rolled back');
    })(),
  );
  put(1);
  assert.equal(
    judged(path, (log) => log),
    undefined,
  );
});

test('a damaged log is said and kept, and salvage is given the copy', (t) => {
  const { path, put } = opened(t);
  for (let i = 0; i < 10; i++) put(1);
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  judged(path, (log) => {
    log[FRAME * 5]! ^= 1;
    return log;
  });
  const said: string[] = [];
  const asides: string[] = [];
  const db = openSqlite({
    path: copy,
    synchronous: 'full',
    onDamaged: (message) => said.push(message),
    salvage(aside) {
      asides.push(aside);
      return 'Some rows were read back';
    },
  });
  assert.ok((db.prepare('SELECT count(*) FROM a').pluck().get() as number) < 10);
  db.close();
  assert.equal(said.length, 1);
  assert.match(
    said[0]!,
    /write-ahead log is damaged in frame \d+ of \d+; the log was kept as .*-wal\. Some rows/,
  );
  assert.equal(existsSync(`${asides[0]}-wal`), true);
  assert.equal(existsSync(asides[0]!), false);
  assert.equal(readdirSync(join(path, '..')).filter((name) => name.includes('.damaged-')).length, 1);
});

test('behind a damaged log the whole file is checked, and both are kept, also where they were hit at once', (t) => {
  const { db, path, put } = opened(t);
  put(40);
  db.pragma('wal_checkpoint(TRUNCATE)');
  for (let i = 0; i < 10; i++) put(1);
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  judged(path, (log) => {
    log[FRAME * 5]! ^= 1;
    return log;
  });
  // A page of rows, which nobody would look at here.
  writeFileSync(copy, readFileSync(copy).fill(0xff, 4 * 4096 + 8, 5 * 4096));
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2026, 0, 1) });
  const said: string[] = [];
  const asides: string[] = [];
  openSqlite({
    ...{ path: copy, synchronous: 'full', quickCheck: false },
    onDamaged: (message) => said.push(message),
    salvage: (aside) => `Read ${asides.push(aside)}`,
  }).close();
  assert.equal(said.length, 1);
  assert.match(said[0]!, /is damaged .* moved to .*Read 1\. Read 2$/);
  const [file, log] = asides;
  assert.notEqual(file, log);
  assert.deepEqual([existsSync(file!), existsSync(`${log}-wal`)], [true, true]);
});
