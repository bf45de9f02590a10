// Pieces between maker and reader: in order, none made ahead of its reader, and told when the reader leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPieceQueue } from '../../src/runtime/piece-queue.ts';

const turn = () => new Promise(setImmediate);

test('pieces come in order, and the maker waits until each was taken', async () => {
  const queue = createPieceQueue<number>();
  const taken: number[] = [];
  for (const piece of [1, 2]) void queue.push(piece).then(() => taken.push(piece));
  const reader = queue.read(() => assert.fail('the reader did not leave'));
  assert.equal((await reader.next()).value, 1);
  await turn();
  assert.deepEqual(taken, []);
  assert.equal((await reader.next()).value, 2);
  await turn();
  assert.deepEqual(taken, [1]);
  queue.end();
  assert.equal((await reader.next()).done, true);
  assert.deepEqual(taken, [1, 2]);
});

test('a reader that waits gets what is pushed later, or the error', async () => {
  const queue = createPieceQueue<string>();
  const reader = queue.read(() => {});
  const first = reader.next();
  void queue.push('a');
  assert.equal((await first).value, 'a');
  const second = reader.next();
  queue.fail(new Error('broken'));
  await assert.rejects(second, /broken/);
});

test('how an answer ended first is how it ends', async () => {
  const whole = createPieceQueue<string>();
  whole.end();
  whole.fail(new Error('too late'));
  assert.equal((await whole.read(() => {}).next()).done, true);
  const broken = createPieceQueue<string>();
  broken.fail(new Error('first'));
  broken.fail(new Error('second'));
  broken.end();
  await assert.rejects(broken.read(() => {}).next(), /first/);
});

test('reading has begun with the first pull, and a reader that leaves early is told', async () => {
  const queue = createPieceQueue<number>();
  let left = 0;
  let begun = false;
  void queue.begun.then(() => {
    begun = true;
  });
  const reader = queue.read(() => {
    left++;
  });
  await turn();
  assert.equal(begun, false);
  void queue.push(1);
  await reader.next();
  assert.equal(begun, true);
  await reader.return();
  assert.equal(left, 1);
});
