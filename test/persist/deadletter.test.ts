// The dead letters of one process: kept over a restart, the same one once, bounded, pages.
import assert from 'node:assert/strict';
import fs, { cpSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import type { DeadLetter } from '../../src/bus/deadletter.ts';
import { createEmbeddedDeadLetters } from '../../src/bus/embedded/deadletter.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { openSqlite } from '../../src/runtime/sqlite.ts';
import { directory, NOW, owned } from '../report/ticks.ts';

const letter = (offset: number, more: Partial<DeadLetter> = {}): DeadLetter => ({
  writtenMs: NOW,
  reason: 'type conflict',
  partition: 0,
  offset,
  receivedMs: NOW,
  sample: { hostId: 'web-1', timeMs: NOW, metric: 'cpu.usage', labels: { a: 'b' }, value: 5e-324 },
  ...more,
});
const open = (path: string, maxLetters = 100) =>
  owned(createEmbeddedDeadLetters({ directory: path, logger: silentLogger, maxLetters }));

test('letters come back as they were written, after a restart too', async () => {
  const path = directory();
  const { sample: _, ...whole } = letter(2);
  const written = [letter(1), { ...whole, record: { schema: 9, bytes: Buffer.from([0, 255, 1]) } }];
  const first = open(path);
  await first.put(written);
  await first.stop();
  const second = open(path);
  assert.deepEqual((await second.list({ limit: 10 })).letters, written);
  assert.equal(second.stats().kept, 2);
});

test('letters of the version before, without checksums, are kept', async () => {
  const path = directory();
  const first = open(path);
  await first.put([letter(1), letter(2)]);
  await first.stop();
  const db = openSqlite({ path: join(path, 'deadletter.sqlite'), synchronous: 'full' });
  db.exec('ALTER TABLE letters DROP COLUMN sum; PRAGMA user_version = 3; PRAGMA application_id = 0');
  db.close();
  for (const _ of ['migrated', 'checked']) {
    const again = open(path);
    assert.deepEqual((await again.list({ limit: 10 })).letters, [letter(1), letter(2)]);
    await again.stop();
  }
});

test('the same letter again changes nothing, so a replay does not multiply them', async () => {
  const letters = open(directory());
  await letters.put([letter(1), letter(1)]);
  await letters.put([letter(1, { writtenMs: NOW + 1 }), letter(2)]);
  assert.equal((await letters.list({ limit: 10 })).letters.length, 2);
  assert.equal(letters.stats().kept, 2);
});

test('the oldest are dropped and counted when there are too many', async () => {
  const path = directory();
  const letters = open(path, 10);
  await letters.put(Array.from({ length: 25 }, (_, i) => letter(i)));
  assert.deepEqual(
    (await letters.list({ limit: 100 })).letters.map(({ offset }) => offset),
    [15, 16, 17, 18, 19, 20, 21, 22, 23, 24],
  );
  assert.deepEqual(letters.stats(), { kept: 10, dropped: 15 });
  await letters.stop();
  assert.deepEqual(open(path, 10).stats(), { kept: 10, dropped: 15 });
});

test('pages give every letter once', async () => {
  const letters = open(directory());
  await letters.put(Array.from({ length: 7 }, (_, i) => letter(i)));
  const seen: number[] = [];
  let after: string | undefined;
  do {
    const page = await letters.list({ limit: 3, ...(after && { after }) });
    seen.push(...page.letters.map(({ offset }) => offset));
    after = page.next;
  } while (after);
  assert.deepEqual(seen, [0, 1, 2, 3, 4, 5, 6]);
});

test('settled letters are listed no more, after a restart neither, nor when a replay puts them again', async () => {
  const path = directory();
  const letters = open(path);
  await letters.put([letter(1), letter(2), letter(3)]);
  await letters.settle([letter(2), letter(9)]);
  await letters.put([letter(2)]);
  await letters.stop();
  const again = open(path);
  const { letters: listed } = await again.list({ limit: 10 });
  assert.deepEqual(
    listed.map(({ offset }) => offset),
    [1, 3],
  );
  assert.deepEqual(again.stats(), { kept: 2, dropped: 0 });
});

test('letters that are gone are said and counted', async () => {
  const path = directory();
  const first = open(path);
  await first.put([letter(1), letter(2), letter(3)]);
  await first.stop();
  const db = openSqlite({ path: join(path, 'deadletter.sqlite'), synchronous: 'full' });
  db.exec('DELETE FROM letters WHERE id > 1');
  db.close();
  assert.deepEqual(open(path).stats(), { kept: 1, dropped: 2 });
});

test('a kill at any moment of settling loses no letter, and says of none that it is lost', async () => {
  const path = directory();
  const letters = open(path);
  await letters.put([letter(1), letter(2), letter(3)]);
  // What a kill would leave before each of its small writes.
  const copies: string[] = [];
  const { writeSync } = fs;
  Object.assign(fs, {
    writeSync(...args: Parameters<typeof writeSync>) {
      const copy = directory();
      cpSync(path, copy, { recursive: true });
      copies.push(copy);
      return writeSync(...args);
    },
  });
  syncBuiltinESMExports();
  try {
    await letters.settle([letter(2)]);
  } finally {
    Object.assign(fs, { writeSync });
    syncBuiltinESMExports();
  }
  assert.deepEqual(
    copies.map((copy) => open(copy).stats()),
    [
      { kept: 3, dropped: 0 },
      { kept: 2, dropped: 0 },
    ],
  );
});
