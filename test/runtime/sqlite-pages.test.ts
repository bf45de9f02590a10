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

test('a row whose pages lie anywhere in the file is found, and one that claims to be too large is not', (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'minimon-pages-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const path = join(directory, 'a.sqlite');
  const schema = ['CREATE TABLE rows (id INTEGER PRIMARY KEY, data BLOB)'];
  const db = openSqlite({ path, synchronous: 'normal', schema });
  const put = db.prepare('INSERT INTO rows VALUES (?, ?)');
  for (let id = 0; id < 40; id++) put.run(id, Buffer.alloc(3 * PAGE, id));
  db.exec('DELETE FROM rows WHERE id % 2 = 0');
  // In the holes, and then behind all.
  const large = Buffer.from(Uint32Array.from({ length: 750_000 }, (_, i) => Math.imul(i, 0x9e3779b1)).buffer);
  put.run(1_000, large);
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
  const found = () => [...salvageRows(path, PAGE)].filter(({ rowid }) => rowid === 1_000);
  assert.deepEqual(
    found().map(({ values }) => large.equals(values[1] as Buffer)),
    [true],
  );

  const bytes = readFileSync(path);
  // As many as it has and 1,000 pages more, so that what is in its first page stays the same.
  const size = 3_000_006;
  const at = bytes.indexOf(Buffer.from([...varint(size), ...varint(1_000)]));
  assert.ok(at > 0);
  Buffer.from(varint(size + 1_000 * (PAGE - 4))).copy(bytes, at);
  // Its last page leads back to itself: what it claims could be read.
  const last = Math.floor(bytes.indexOf(large.subarray(-100)) / PAGE);
  assert.equal(bytes.readUInt32BE(last * PAGE), 0);
  bytes.writeUInt32BE(last + 1, last * PAGE);
  writeFileSync(path, bytes);
  assert.equal(found().length, 0);
});

/** A number as SQLite writes it: the most significant bits first. */
const varint = (number: number): number[] =>
  number < 128 ? [number] : [...varint(Math.floor(number / 128)).map((byte) => byte | 0x80), number % 128];

test('a pointer that was hit hides its own row and none behind it', (t) => {
  const path = written(t, true);
  const bytes = readFileSync(path);
  const LEAF = 13;
  let hit = 0;
  for (let at = PAGE; at < bytes.length; at += PAGE) {
    if (bytes[at] !== LEAF || bytes.readUInt16BE(at + 3) < 10) continue;
    bytes.writeUInt16BE(0, at + 8 + 2 * 4);
    hit++;
  }
  writeFileSync(path, bytes);
  assert.ok(hit > 20);
  assert.deepEqual(found(path), { numbered: 2_000 - hit, named: 500 });
});
