// Counts and cut lists as sentences say them.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { counted, grouped, listed } from '../../src/domain/counting.ts';

test('a noun has an s but for one', () => {
  assert.equal(counted(0, 'host'), '0 hosts');
  assert.equal(counted(1, 'host'), '1 host');
  assert.equal(counted(2, 'dead letter'), '2 dead letters');
});

test('thousands are told apart by commas', () => {
  assert.equal(grouped(999), '999');
  assert.equal(grouped(2_400_000), '2,400,000');
});

test('of many names the first are said, and how many more there are', () => {
  assert.equal(listed([], 3), '');
  assert.equal(listed(['a', 'b', 'c'], 3), 'a, b, c');
  assert.equal(listed(['a', 'b', 'c', 'd'], 3), 'a, b, c and 1 more');
  assert.equal(listed(['a', 'b', 'c'], 1, '; '), 'a and 2 more');
});
