// Rows are found in an SQLite file without SQLite: in its pages, its log, over many pages, and beside damage.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { type PageRow, salvageRows } from '../../src/runtime/sqlite-pages.ts';

const PAGE = 4096;

/** A file with 2,000 rows of a table and 500 of one without row ids; a few rows are larger than a page. */
function written(t: TestContext, checkpoint: boolean): string {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-pages-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a.sqlite');
  const db = openSqlite({
    path,
    synchronous: 'normal',
    schema: [
      'CREATE TABLE rows (id INTEGER PRIMARY KEY, n INTEGER, data BLOB); CREATE TABLE named (name TEXT PRIMARY KEY, x REAL) WITHOUT ROWID',
    ],
  });
  db.pragma('wal_autocheckpoint = 0');
  const put = db.prepare('INSERT INTO rows VALUES (?, ?, ?)');
  const name = db.prepare('INSERT INTO named VALUES (?, ?)');
  db.transaction(() => {
    for (let i = 0; i < 2_000; i++) put.run(i * 40_000_003, numberOf(i), bytesOf(i));
    for (let i = 0; i < 500; i++) name.run(`name ${i} ${'é'.repeat(i % 50)}`, i / 3);
  })();
  if (checkpoint) db.pragma('wal_checkpoint(TRUNCATE)');
  // A copy of the files as they are while it is open: a close would empty the log.
  const copy = join(directory, 'b.sqlite');
  for (const end of ['', '-wal']) writeFileSync(copy + end, readFileSync(path + end));
  db.close();
  return copy;
}

const numberOf = (i: number) => (i % 2 === 0 ? -1 : 1) * 3 ** (i % 30) + (i % 7);
const bytesOf = (i: number) => Buffer.alloc(i % 500 === 3 ? 30_000 : i % 90, i);

function found(path: string): { numbered: number; named: number } {
  const numbered = new Set<number>();
  const named = new Set<string>();
  for (const { rowid, values } of salvageRows(path, PAGE) as Iterable<PageRow>) {
    const i = (rowid ?? -1) / 40_000_003;
    if (values.length === 3 && Number.isInteger(i) && i < 2_000) {
      if (values[1] !== numberOf(i)) continue;
      // A blob of one value is what it should be from its first byte to its last.
      if (Buffer.isBuffer(values[2]) && bytesOf(i).equals(values[2])) numbered.add(i);
    }
    if (rowid === undefined && values.length === 2 && String(values[0]).startsWith('name ')) {
      if (values[1] === Number(String(values[0]).split(' ')[1]) / 3) named.add(String(values[0]));
    }
  }
  return { numbered: numbered.size, named: named.size };
}

test('every row is found, in the file and in a log that was not written back', (t) => {
  for (const checkpoint of [true, false]) {
    assert.deepEqual(found(written(t, checkpoint)), { numbered: 2_000, named: 500 });
  }
});

test('a bad page costs its own rows: of a leaf, the root, the header and a file cut short', (t) => {
  const path = written(t, true);
  const whole = readFileSync(path);
  const pages = whole.length / PAGE;
  for (let page = 0; page < pages; page += 3) {
    const bytes = Buffer.from(whole);
    bytes.fill(0, page * PAGE, (page + 1) * PAGE);
    writeFileSync(path, bytes);
    const { numbered, named } = found(path);
    // 30 rows with 90 bytes at most; each page of a row that spans several costs one.
    assert.ok(numbered >= 2_000 - 500 && named >= 400, `page ${page}: ${numbered}, ${named}`);
  }
  writeFileSync(path, whole.subarray(0, whole.length / 2 + 100));
  assert.ok(found(path).numbered > 800);
});

test('any bytes at all are read to their end', (t) => {
  const path = written(t, true);
  const whole = readFileSync(path);
  let seed = 1;
  const random = (below: number) => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((seed / 2 ** 32) * below);
  };
  for (let trial = 0; trial < 30; trial++) {
    const bytes = Buffer.from(whole);
    for (let flip = 0; flip < 2_000; flip++) bytes[random(bytes.length)] = random(256);
    writeFileSync(path, bytes);
    found(path);
  }
});
