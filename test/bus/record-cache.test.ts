// The records in memory: the newest, in order, never more than their bytes allow.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRecordCache } from '../../src/bus/embedded/record-cache.ts';

const record = (offset: number, size = 100) => ({
  partition: 0,
  offset,
  schema: 1,
  receivedMs: 0,
  bytes: new Uint8Array(size),
});
const offsets = (records: readonly { offset: number }[] | undefined) => records?.map(({ offset }) => offset);
const from = (offset: number, maxBytes = 1e9) => ({ partition: 0, from: offset, maxBytes });

test('it returns what is there from an offset on, and nothing for what it never had', () => {
  const cache = createRecordCache({ partitions: 1, maxBytes: 10_000 });
  assert.equal(cache.read(from(0)), undefined);
  for (const offset of [5, 6, 7]) cache.add(record(offset));
  assert.deepEqual(offsets(cache.read(from(6))), [6, 7]);
  assert.equal(cache.read(from(4)), undefined);
  assert.equal(cache.read(from(8)), undefined);
});

test('the oldest go when there are too many bytes, a record over the limit is not kept at all', () => {
  const cache = createRecordCache({ partitions: 1, maxBytes: 10_000 });
  for (let offset = 0; offset < 5_000; offset++) cache.add(record(offset));
  const first = 5_000 - Math.floor(10_000 / 356);
  assert.equal(cache.read(from(first - 1)), undefined);
  assert.equal(cache.read(from(first))?.length, 5_000 - first);
  cache.add(record(5_000, 20_000));
  assert.equal(cache.read(from(5_000)), undefined);
  cache.add(record(5_001));
  assert.deepEqual(offsets(cache.read(from(5_001))), [5_001]);
});

test('at most maxBytes come at once, but at least one record', () => {
  const cache = createRecordCache({ partitions: 1, maxBytes: 100_000 });
  for (const [offset, size] of [400, 400, 400, 3_000].entries()) cache.add(record(offset, size));
  assert.deepEqual(offsets(cache.read(from(0, 1_000))), [0, 1]);
  assert.deepEqual(offsets(cache.read(from(3, 1_000))), [3]);
});

test('offsets that jump begin anew: nothing from before is given as if it came next', () => {
  const cache = createRecordCache({ partitions: 1, maxBytes: 100_000 });
  cache.add(record(1));
  cache.add(record(1_000_002));
  assert.equal(cache.read(from(1)), undefined);
  assert.deepEqual(offsets(cache.read(from(1_000_002))), [1_000_002]);
});
