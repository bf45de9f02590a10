// Where a group goes on in a partition: never at the end because a place is gone, never the same twice.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lagOf, startOf } from '../../src/bus/kafka/offsets.ts';

const at = (low: number, end: number, committed?: number) => ({ low, end, committed, reset: false });
const fresh = { from: 'latest', remembered: undefined } as const;

test('a new group begins where it asked to', () => {
  assert.deepEqual(startOf(at(10, 50), fresh), { offset: 50 });
  assert.deepEqual(startOf(at(10, 50), { from: 'earliest', remembered: undefined }), { offset: 10 });
});

test('a group goes on at its committed place', () => {
  assert.deepEqual(startOf(at(10, 50, 20), fresh), { offset: 20 });
  assert.deepEqual(startOf(at(10, 50, 50), fresh), { offset: 50 });
});

test('what this process has read already does not come twice after the group was joined again', () => {
  assert.deepEqual(startOf(at(10, 50, 20), { ...fresh, remembered: 30 }), { offset: 30 });
});

test('another consumer that came further in between is believed', () => {
  assert.deepEqual(startOf(at(10, 50, 40), { ...fresh, remembered: 30 }), { offset: 40 });
});

test('a place lost to retention means the earliest record, and the loss is counted', () => {
  assert.deepEqual(startOf(at(300, 500, 100), fresh), { offset: 300, lost: { from: 100, to: 300 } });
  assert.deepEqual(startOf(at(300, 500, 100), { ...fresh, remembered: 150 }), {
    offset: 300,
    lost: { from: 150, to: 300 },
  });
});

test('a place that the driver has written over is still counted from where this process was', () => {
  const overwritten = { ...at(300, 500), reset: true };
  assert.deepEqual(startOf(overwritten, { ...fresh, remembered: 100 }), {
    offset: 300,
    lost: { from: 100, to: 300 },
  });
  assert.deepEqual(startOf(overwritten, fresh), { offset: 300 });
});

test('a place after the end belongs to a topic that is gone: the new one is read from its beginning', () => {
  assert.deepEqual(startOf(at(0, 10, 500), fresh), { offset: 0, recreated: true });
  assert.deepEqual(startOf(at(0, 10), { ...fresh, remembered: 500 }), { offset: 0, recreated: true });
});

test('lag counts only records that still exist', () => {
  const offsets = new Map([
    [1, at(300, 500, 100)],
    [0, at(0, 50, 20)],
  ]);
  assert.deepEqual(lagOf(offsets, new Map([[0, 45]])), [
    { partition: 0, end: 50, position: 45, committed: 20, unread: 5, uncommitted: 30 },
    { partition: 1, end: 500, position: 100, committed: 100, unread: 200, uncommitted: 200 },
  ]);
});

test('a reader that was at the end is still there after the group was joined again', () => {
  assert.deepEqual(startOf(at(10, 50, 20), { ...fresh, remembered: 50 }), { offset: 50 });
  assert.deepEqual(startOf(at(10, 50, 20), { ...fresh, remembered: 51 }), { offset: 20 });
});
