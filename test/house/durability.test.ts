// What is acknowledged is on the disk: each file that is written without a flush is named here, with why it may be.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

const filesWith = (text: RegExp): string[] =>
  globSync('src/**/*.ts')
    .filter((file) => text.test(readFileSync(file, 'utf8')))
    .sort();

test('a database whose commits may be lost with the power is a copy, is only read, or costs time alone', () => {
  assert.deepEqual(filesWith(/synchronous: 'normal'/), [
    'src/catalog/sqlite-copies.ts',
    'src/catalog/sqlite.ts',
    'src/store/embedded/reader-files.ts',
    'src/store/embedded/replay-skips.ts',
  ]);
  // The catalog itself beside its copy.
  assert.match(readFileSync('src/catalog/sqlite.ts', 'utf8'), /path, synchronous: 'full'/);
});

test('a small file that is not flushed may be older after a loss of power: what it says is found out again', () => {
  assert.deepEqual(filesWith(/isDurable: false/), [
    'src/assembly/known-names.ts',
    'src/assembly/migrate.ts',
    'src/daemons/persist/acknowledged.ts',
  ]);
});
