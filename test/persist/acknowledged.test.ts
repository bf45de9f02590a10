// How far remote write is acknowledged, over restarts: of the log that it was read from, and of no other.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openAcknowledged } from '../../src/daemons/persist/acknowledged.ts';
import { directory, NOW } from '../report/ticks.ts';

const record = (offset: number, more = {}) => ({ partition: 0, offset, receivedMs: NOW, ...more });

test('what was sent of a log is forgotten where the log is shorter, and stays so after a kill', () => {
  const path = directory();
  const open = () => openAcknowledged('http://remote/write', { directory: path, onError: assert.fail });
  const first = open();
  first.advance(record(5));
  first.advance(record(7, { partition: 1 }));
  const same = open();
  same.compare([
    { partition: 0, end: 6 },
    { partition: 1, end: 8 },
    { partition: 2, end: 0 },
  ]);
  assert.deepEqual([same.has(record(5)), same.after(0), same.after(1)], [true, 6, 8]);
  const anew = open();
  anew.compare([{ partition: 0, end: 5 }]);
  assert.deepEqual([anew.has(record(3)), anew.after(0), anew.after(1)], [false, 0, 8]);
  // By then the new one is as long.
  const later = open();
  later.compare([{ partition: 0, end: 9 }]);
  assert.deepEqual([later.has(record(3)), later.after(0), later.after(1)], [false, 0, 8]);
});
