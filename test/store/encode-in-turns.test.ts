// Answers of a backend without threads as bytes: whole where they are small, else in pieces, until their reader has enough.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeInTurns } from '../../src/store/encode-in-turns.ts';
import type { EncodedQuery, Series } from '../../src/store/store.ts';

const series = (count: number): Series[] =>
  Array.from({ length: count }, (_, i) => ({
    ...{ hostId: `web-${i}`, metric: 'cpu.usage', labels: {} },
    timesMs: Array.from({ length: 1_000 }, (_unused, k) => k * 1_000),
    values: Array.from({ length: 1_000 }, (_unused, k) => k / 3),
  }));
const storeOf = (found: readonly Series[]) => ({ range: async () => found, latest: async () => [] });
const query = (signal?: AbortSignal): EncodedQuery => ({
  ...{ kind: 'series', wire: 'json', metric: 'cpu.usage', startMs: 0, stopMs: 1e6 },
  check: { hosts: ['web-0', 'web-x'], metrics: ['cpu.usage', 'load.1'] },
  ...(signal && { signal }),
});

test('an answer of one piece is whole, and says what it has not', async () => {
  const answer = await encodeInTurns(query(), storeOf(series(2)));
  assert.ok('whole' in answer && answer.whole.length > 10_000);
  assert.deepEqual(answer.absent, { hosts: ['web-x'], metrics: ['load.1'] });
  assert.equal(answer.points, 2_000);
  const none = await encodeInTurns(query(), storeOf([]));
  assert.ok('whole' in none && none.whole.length === 0);
});

test('a longer one comes in pieces, which end with the reason of their signal', async () => {
  const all = await encodeInTurns(query(), storeOf(series(50)));
  assert.ok('pieces' in all);
  const sizes: number[] = [];
  for await (const piece of all.pieces) sizes.push(piece.length);
  assert.ok(sizes.length > 3, `${sizes}`);
  assert.ok(Math.max(...sizes) < 256 * 1024, `${sizes}`);
  const left = new AbortController();
  const answer = await encodeInTurns(query(left.signal), storeOf(series(50)));
  assert.ok('pieces' in answer);
  await answer.pieces.next();
  left.abort(new Error('the reader left'));
  await assert.rejects(async () => {
    for await (const _ of answer.pieces);
  }, /the reader left/);
});
