// Writes on their way to the writer thread: in order, two at a time, and nothing after a part that failed.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createWriteQueue } from '../../src/store/embedded/write-queue.ts';

const batch = (next: number, bytes = 1) => ({
  partition: 0,
  next,
  receivedMs: 0,
  bytes: new Uint8Array(bytes),
});
const turn = () => new Promise(setImmediate);

function opened() {
  const sent: number[][] = [];
  const waiting: PromiseWithResolvers<void>[] = [];
  const queue = createWriteQueue(async ({ spans }) => {
    sent.push(spans.map(({ next }) => next));
    const answer = Promise.withResolvers<void>();
    waiting.push(answer);
    await answer.promise;
    return { samples: spans.length, rejected: [] };
  });
  return { queue, sent, waiting };
}

test('two are in flight, the others wait in their order, and idle is when all are answered', async () => {
  const { queue, sent, waiting } = opened();
  const writes = [1, 2, 3, 4].map((next) => queue.write([batch(next)]));
  let isIdle = false;
  const idle = queue.idle().then(() => {
    isIdle = true;
  });
  await turn();
  assert.deepEqual([sent, queue.stats()['writes_waiting']], [[[1], [2]], 2]);
  waiting[1]!.resolve();
  await turn();
  assert.deepEqual(sent, [[1], [2], [3]]);
  for (const at of [0, 2, 3]) {
    assert.equal(isIdle, false);
    waiting[at]!.resolve();
    await turn();
  }
  assert.deepEqual(
    (await Promise.all(writes)).map(({ samples }) => samples),
    [1, 1, 1, 1],
  );
  await idle;
  assert.deepEqual(queue.stats(), { samples: 4, writes_waiting: 0 });
});

test('of a write in parts none is sent behind one that failed', async () => {
  const { queue, sent, waiting } = opened();
  const large = 512 * 1024;
  const written = queue.write([batch(1, large), batch(2, large), batch(3, large)]);
  await turn();
  waiting[0]!.resolve();
  await turn();
  waiting[1]!.reject(new Error('the disk is full'));
  await assert.rejects(written, /the disk is full/);
  assert.deepEqual(sent, [[1], [2]]);
});
