// The embedded log after a crash: what an acknowledged append, trim and commit leave on disk.
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { openLog } from '../../src/bus/embedded/log.ts';

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
  const after = open(t, crashed(directory));
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
