// What a disk changes in the embedded bus costs the records it is in: named by their offsets, never another value.
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { DAMAGED_SCHEMA } from '../../src/bus/bus.ts';
import { type EmbeddedLog, openLog } from '../../src/bus/embedded/log.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';

const RECORDS = 60;
const textOf = (i: number) => `record ${i} ${String.fromCharCode(97 + (i % 26)).repeat(900)}`;

const root = mkdtempSync(join(tmpdir(), 'minimon-bus-damage-'));
// After the last test: a test's own hooks run in the order in which they were made, and a log is closed before its files go.
after(() => rmSync(root, { recursive: true }));

const directoryOf = (): string => mkdtempSync(join(root, 'bus-'));

function opened(
  t: TestContext,
  directory: string,
  consumed?: { readonly next: number; readonly durable: number },
): { log: EmbeddedLog; said: string[] } {
  const said: string[] = [];
  const options = {
    directory,
    partitions: 1,
    maxBytes: 1e9,
    minFreeShare: 0,
    consumed: consumed && new Map([[0, consumed]]),
  };
  const log = openLog(options, (message) => said.push(message));
  let isOpen = true;
  const close = () => {
    if (isOpen) log.close();
    isOpen = false;
  };
  t.after(close);
  return { log: { ...log, close }, said };
}

function append(log: EmbeddedLog, from: number, to: number): readonly number[] {
  return Array.from({ length: to - from }, (_, i) => from + i).flatMap((i) =>
    log.append([{ partition: 0, receivedMs: 1_000 + i, bytes: Buffer.from(textOf(i)) }], 1),
  );
}

/** Every record, and the offsets that have none, as a reader meets them. */
function readAll(log: EmbeddedLog) {
  const found = new Map<number, string>();
  const damaged: number[] = [];
  const missing: number[] = [];
  const { starts, ends } = log.state();
  for (let from = starts[0]!; from < ends[0]!; ) {
    const records = log.read({ partition: 0, from, maxBytes: 5_000 });
    if (records.length === 0) {
      for (; from < ends[0]! && from < RECORDS; from++) missing.push(from);
      break;
    }
    for (; from < records[0]!.offset; from++) missing.push(from);
    for (const { offset, schema, bytes, receivedMs } of records) {
      if (schema === DAMAGED_SCHEMA) damaged.push(offset);
      else found.set(offset, `${receivedMs} ${Buffer.from(bytes)}`);
      from = offset + 1;
    }
  }
  return { found, damaged, missing };
}

function flip(path: string, text: string): void {
  const bytes = readFileSync(path);
  const at = bytes.indexOf(text);
  assert.ok(at >= 0, `${text} is in ${path}`);
  bytes[at + 3]! ^= 1;
  writeFileSync(path, bytes);
}

function filled(t: TestContext): string {
  const directory = directoryOf();
  const { log } = opened(t, directory);
  append(log, 0, RECORDS);
  log.close();
  return directory;
}

test('a flipped bit makes a record damaged, under its own offset, and no other', (t) => {
  const directory = filled(t);
  flip(join(directory, 'bus.sqlite'), 'record 17 ');
  const { found, damaged, missing } = readAll(opened(t, directory).log);
  assert.deepEqual({ damaged, missing }, { damaged: [17], missing: [] });
  assert.equal(found.size, RECORDS - 1);
  for (const [offset, text] of found) assert.equal(text, `${1_000 + offset} ${textOf(offset)}`);
});

test('a record that is gone without a trace is missed', (t) => {
  const directory = filled(t);
  const db = openSqlite({ path: join(directory, 'bus.sqlite'), synchronous: 'full' });
  db.exec('DELETE FROM records WHERE id IN (30, 31, 59)');
  db.close();
  const { log } = opened(t, directory);
  assert.deepEqual(readAll(log).missing, [30, 31, 59]);
  // Its end is known elsewhere, and no offset is given out again.
  assert.deepEqual(append(log, 60, 61), [60]);
});

test('a page of zeros costs its records, the others are read back into a new file', (t) => {
  const directory = filled(t);
  const path = join(directory, 'bus.sqlite');
  const bytes = readFileSync(path);
  const page = Math.floor(bytes.indexOf('record 40 ') / 4096);
  writeFileSync(path, bytes.fill(0, page * 4096, (page + 1) * 4096));
  const { log, said } = opened(t, directory);
  assert.match(said.join(), /is damaged .*moved to .*\. \d+ records were read back from/s);
  const { found, missing } = readAll(log);
  assert.ok(missing.includes(40) && missing.length <= 5, `${missing}`);
  assert.equal(found.size + missing.length, RECORDS);
  assert.ok(append(log, 60, 61)[0]! > RECORDS);
});

test('a flipped bit in the write-ahead log costs at most the record it is in', (t) => {
  const directory = directoryOf();
  const copy = directoryOf();
  const { log } = opened(t, directory);
  append(log, 0, RECORDS);
  for (const name of [
    'bus.sqlite',
    'bus.sqlite-wal',
    'bus-offsets.sqlite',
    'bus-offsets.sqlite-wal',
    'bus.end',
  ]) {
    writeFileSync(join(copy, name), readFileSync(join(directory, name)));
  }
  flip(join(copy, 'bus.sqlite-wal'), 'record 20 ');
  const again = opened(t, copy);
  assert.match(again.said.join(), /write-ahead log is damaged in frame \d+ of \d+/);
  const { found, missing, damaged } = readAll(again.log);
  assert.ok(missing.length + damaged.length <= 1, `${missing}, ${damaged}`);
  assert.ok(found.size >= RECORDS - 1);
});

test('a write-ahead log that was deleted is missed by its end, and its offsets are not given out again', (t) => {
  const directory = directoryOf();
  const copy = directoryOf();
  const { log } = opened(t, directory);
  append(log, 0, RECORDS);
  for (const name of ['bus.sqlite', 'bus-offsets.sqlite', 'bus.end']) {
    writeFileSync(join(copy, name), readFileSync(join(directory, name)));
  }
  const again = opened(t, copy);
  assert.ok(again.log.state().ends[0]! >= RECORDS);
  assert.ok(append(again.log, 60, 61)[0]! >= RECORDS);
});

test('offsets of the version before are taken as they are, and checked from then on', (t) => {
  const directory = filled(t);
  const { log } = opened(t, directory);
  log.commit({ group: 'persist', holds: true, committed: new Map([[0, 12]]) });
  log.close();
  const db = openSqlite({ path: join(directory, 'bus-offsets.sqlite'), synchronous: 'full' });
  for (const table of ['groups', 'committed', 'ends', 'breaks'])
    db.exec(`ALTER TABLE ${table} DROP COLUMN sum`);
  db.exec('PRAGMA user_version = 1; PRAGMA application_id = 0');
  db.close();
  const again = opened(t, directory);
  assert.deepEqual(again.said, []);
  assert.deepEqual(again.log.groups(), [{ group: 'persist', holds: true, committed: new Map([[0, 12]]) }]);
  assert.equal(again.log.state().ends[0], RECORDS);
});

test('a damaged row of the offsets is dropped and said; the others stay', (t) => {
  const directory = directoryOf();
  const { log } = opened(t, directory);
  append(log, 0, RECORDS);
  log.commit({ group: 'persist', holds: true, committed: new Map([[0, 12]]) });
  log.commit({ group: 'warn', holds: false, committed: new Map([[0, 34]]) });
  log.close();
  const db = openSqlite({ path: join(directory, 'bus-offsets.sqlite'), synchronous: 'full' });
  db.exec("UPDATE committed SET next = 44 WHERE name = 'persist'");
  db.close();
  const again = opened(t, directory);
  assert.match(again.said.join(), /1 damaged rows of committed were dropped/);
  const groups = new Map(again.log.groups().map(({ group, committed }) => [group, committed.get(0)]));
  assert.deepEqual([groups.get('persist'), groups.get('warn')], [undefined, 34]);
});

test('a file of the version before has its records read, and new ones are checked', (t) => {
  const directory = filled(t);
  const db = openSqlite({ path: join(directory, 'bus.sqlite'), synchronous: 'full' });
  db.exec(
    'DROP TABLE unchecked; ALTER TABLE records DROP COLUMN sum; PRAGMA user_version = 1; PRAGMA application_id = 0',
  );
  db.close();
  const { log, said } = opened(t, directory);
  assert.deepEqual(said, []);
  append(log, 60, 62);
  log.close();
  flip(join(directory, 'bus.sqlite'), 'record 61 ');
  const { found, damaged } = readAll(opened(t, directory).log);
  assert.deepEqual(damaged, [61]);
  assert.equal(found.size, 61);
});

test('a bus that ends before what the store has read of it goes on after that, and what no file has counts as lost', (t) => {
  const directory = filled(t);
  const whole = opened(t, directory, { next: RECORDS, durable: 20 });
  assert.deepEqual([whole.said, whole.log.state().breaks], [[], []]);
  whole.log.close();
  for (const [path, left] of [
    [directory, RECORDS],
    [directoryOf(), 0],
  ] as const) {
    const durable = left + 20;
    const { log, said } = opened(t, path, { next: left + 50, durable });
    assert.match(said.join(), new RegExp(`although ${left + 50} was read before.* 30 records are lost`));
    const { ends, breaks } = log.state();
    assert.ok(ends[0]! > left + 50, 'no offset is given out again');
    const unused = breaks.reduce((sum, { previousEnd, start }) => sum + start - previousEnd, 0);
    assert.equal(ends[0]! - left - unused, 30, 'what is lost is all that is counted');
    log.close();
    assert.deepEqual(opened(t, path, { next: left + 50, durable }).said, []);
  }
});
