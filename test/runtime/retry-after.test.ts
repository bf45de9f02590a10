// Retry-After in both of its forms, and what is none.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryAfterMs } from '../../src/runtime/retry.ts';

const nowMs = Date.parse('2026-11-28T10:00:00Z');
const read = (header: unknown) => retryAfterMs(header, { nowMs, maxMs: 3_600_000 });

test('seconds, also with a fraction, and a date by the clock', () => {
  assert.equal(read('20'), 20_000);
  assert.equal(read(' 1.5 '), 1_500);
  assert.equal(read('Sat, 28 Nov 2026 10:00:30 GMT'), 30_000);
});

test('at most the longest wait, and none for what is past', () => {
  assert.equal(read('99999999999999999999'), 3_600_000);
  assert.equal(read('9'.repeat(400)), 3_600_000);
  assert.equal(read('Sat, 28 Nov 2099 10:00:30 GMT'), 3_600_000);
  assert.equal(read('Sat, 28 Nov 2020 10:00:30 GMT'), 0);
  assert.equal(read('0'), 0);
});

test('what says nothing is as if it were not there', () => {
  for (const header of [undefined, '', ' ', 'soon', '-5', '1e9', ['20']])
    assert.equal(read(header), undefined);
});
