// How far remote write is acknowledged, over restarts: of the log that it was read from, and of no other.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { openAcknowledged } from '../../src/daemons/persist/acknowledged.ts';
import { directory, NOW } from '../report/ticks.ts';

const URL_A = 'http://remote/write';
const openOf = (path: string | undefined, url = URL_A) =>
  openAcknowledged(url, { directory: path, onError: assert.fail });
const received = (offset: number, receivedMs = 1_000 + offset) => ({ partition: 0, offset, receivedMs });
const record = (offset: number, more = {}) => ({ partition: 0, offset, receivedMs: NOW, ...more });

test('what was sent of a log is forgotten where the log is shorter, and stays so after a kill', () => {
  const path = directory();
  const open = () => openOf(path);
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

test('all up to the last record is acknowledged, over a restart too', () => {
  const path = directory();
  const first = openOf(path);
  assert.deepEqual([first.has(received(0)), first.after(0)], [false, 0]);
  first.advance(received(7));
  for (const known of [first, openOf(path)]) {
    assert.deepEqual(
      [known.has(received(7)), known.has(received(0)), known.has(received(8))],
      [true, true, false],
    );
    assert.deepEqual([known.after(0), known.after(1)], [8, 0]);
  }
});

test('nothing of it holds for another address, and all for another token in it', () => {
  const path = directory();
  openOf(path, `${URL_A}?token=old`).advance(received(7));
  assert.equal(openOf(path, 'http://remote/other').has(received(7)), false);
  assert.equal(openOf(path, `${URL_A}?token=new`).has(received(7)), true);
});

test('a log that was recreated has newer records at these offsets, or begins before what was read last', () => {
  const path = directory();
  const known = openOf(path);
  known.advance(received(7));
  assert.deepEqual([known.has(received(7, 1_007)), known.has(received(7, 1_008))], [true, false]);
  known.committed(0, 5);
  assert.deepEqual([known.has(received(5)), known.has(received(4, 1_000))], [true, false]);
  // It is sent, and from then on known as the beginning.
  known.advance(received(0, 900));
  known.advance(received(1, 901));
  for (const one of [known, openOf(path)])
    assert.deepEqual(
      [one.has(received(0, 900)), one.has(received(1, 901)), one.has(received(2, 901))],
      [true, true, false],
    );
});

test('a file that is damaged is none', () => {
  const path = directory();
  openOf(path).advance(received(7));
  const file = join(path, 'remote-write.json');
  const text = readFileSync(file, 'utf8');
  for (const damaged of ['', '{', text.replace(':7', ':"7"'), text.replace(':7', ':7.5'), '{"last":[]}']) {
    writeFileSync(file, damaged);
    assert.equal(openOf(path).has(received(7)), false, damaged);
  }
});
