// The embedded log after a crash: what an acknowledged append, trim and commit leave on disk.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createSpaceCheck } from '../../src/bus/embedded/free-space.ts';
import { openLog } from '../../src/bus/embedded/log.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';

const freshDirectory = () => mkdtempSync(join(tmpdir(), 'minimon-log-'));
const message = (text: string) => ({ partition: 0, receivedMs: 1, bytes: Buffer.from(text) });

function open(t: TestContext, directory: string) {
  const log = openLog({ directory, partitions: 1, maxBytes: 2 ** 30, minFreeShare: 0 }, assert.fail);
  t.after(() => log.close());
  return log;
}

/** The files as a kill -9 now would leave them. */
function crashed(directory: string): string {
  const copy = freshDirectory();
  cpSync(directory, copy, { recursive: true });
  return copy;
}

test('appended records are there after a crash', (t) => {
  const directory = freshDirectory();
  assert.deepEqual(open(t, directory).append([message('a'), message('b')], 1), [0, 1]);
  const records = open(t, crashed(directory)).read({ partition: 0, from: 0, maxBytes: 1_000 });
  assert.deepEqual(
    records.map(({ offset, bytes }) => [offset, String(bytes)]),
    [
      [0, 'a'],
      [1, 'b'],
    ],
  );
});

test('no offset is used twice, also after a crash of a log that was trimmed to its end', (t) => {
  const directory = freshDirectory();
  const log = open(t, directory);
  log.append([message('a'), message('b')], 1);
  assert.equal(log.trim([2]), false);
  const copy = crashed(directory);
  // It may be older, or gone, after a loss of power.
  rmSync(join(copy, 'bus.end'));
  const after = open(t, copy);
  assert.deepEqual([after.state().starts, after.state().ends], [[2], [2]]);
  assert.deepEqual(after.append([message('c')], 1), [2]);
});

test('256 records are removed at a time, so that an append need not wait for more', (t) => {
  const log = open(t, freshDirectory());
  log.append(
    Array.from({ length: 600 }, () => message('a')),
    1,
  );
  assert.equal(log.trim([600]), true);
  assert.deepEqual(log.state().starts, [256]);
  assert.equal(log.trim([600]), true);
  assert.equal(log.trim([600]), false);
  assert.deepEqual(log.state().starts, [600]);
});

test('a file that is nearly empty after a trim becomes small, with what is left in it; a smaller one is filled again', (t) => {
  const directory = freshDirectory();
  const log = open(t, directory);
  const large = (fill: number) => ({ partition: 0, receivedMs: 1, bytes: Buffer.alloc(2 ** 20, fill) });
  const size = () => statSync(join(directory, 'bus.sqlite')).size;
  log.append(
    Array.from({ length: 24 }, (_, i) => large(i)),
    1,
  );
  log.trim([15]);
  assert.ok(size() > 20e6, 'not enough of it is free: 15 MiB of 24');
  log.trim([21]);
  assert.ok(size() < 5e6, `${size()} bytes`);
  for (const held of [log, open(t, crashed(directory))]) {
    const records = held.read({ partition: 0, from: 21, maxBytes: 1e9 });
    assert.deepEqual(
      records.map(({ offset, bytes }) => [offset, bytes.length, bytes[0]]),
      [21, 22, 23].map((i) => [i, 2 ** 20, i]),
    );
    assert.deepEqual(held.append([message('next')], 1), [24]);
  }
});

test('a file of which more than a third is in use is not written again', (t) => {
  const directory = freshDirectory();
  const log = open(t, directory);
  const large = { partition: 0, receivedMs: 1, bytes: Buffer.alloc(2 ** 20) };
  log.append(
    Array.from({ length: 30 }, () => large),
    1,
  );
  const size = () => statSync(join(directory, 'bus.sqlite')).size;
  const before = size();
  log.trim([18]);
  assert.ok(size() >= before, `${size()} bytes: 18 MiB are free, 12 are not`);
  log.trim([22]);
  assert.ok(size() < before / 2, `${size()} bytes`);
});

test('what is read at once ends before an offset that is missing, and has as many bytes as it may', (t) => {
  const directory = freshDirectory();
  const log = openLog({ directory, partitions: 1, maxBytes: 2 ** 30, minFreeShare: 0 }, assert.fail);
  log.append(['a', 'b', 'c', 'd', 'e'].map(message), 1);
  log.close();
  const db = openSqlite({ path: join(directory, 'bus.sqlite'), synchronous: 'full' });
  db.exec('DELETE FROM records WHERE id = 2');
  db.close();
  const again = open(t, directory);
  const read = (from: number, maxBytes: number) =>
    again.read({ partition: 0, from, maxBytes }).map(({ offset }) => offset);
  assert.deepEqual(
    [read(0, 1_000), read(2, 1_000)],
    [
      [0, 1],
      [3, 4],
    ],
  );
  assert.deepEqual([read(0, 2), read(0, 1), read(0, 0)], [[0, 1], [0], [0]]);
});

test('there is space for what fits exactly, and after a refusal not before as much fits again', () => {
  let used = 90;
  const space = createSpaceCheck({ directory: tmpdir(), maxBytes: 100, minFreeShare: 0 }, () => used);
  space.reserve(10);
  assert.equal(space.full(), undefined);
  assert.throws(() => space.reserve(11), { code: 'BUS_FULL' });
  assert.match(space.full()!, /limit/);
  used = 89;
  assert.equal(space.full(), undefined);
});
