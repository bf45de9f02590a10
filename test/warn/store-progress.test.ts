// Of which partitions the store has all that was received before: by stamps alone, and of none while persist replays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createStoreProgress } from '../../src/daemons/warn/evaluation/store-progress.ts';

const BEFORE = 1_000;

function progressOf(marks: Readonly<Record<number, number>>) {
  const asked: unknown[] = [];
  const at = { marks, replaying: undefined as string | undefined };
  const progress = createStoreProgress({
    partitions: 3,
    analyze: {
      async listReportingHosts(request) {
        asked.push(request);
        const watermarks = Object.entries(at.marks).map(([partition, receivedMs]) => ({
          ...{ partition: Number(partition), receivedMs },
        }));
        return {
          ...{ nowMs: 0, hosts: [], watermarks },
          ...(at.replaying !== undefined && { replaying: at.replaying }),
        };
      },
    },
  });
  return { at, progress, asked };
}

test('a partition is through once the store has the newest record that was heard, others are not', async () => {
  const { at, progress, asked } = progressOf({ 0: BEFORE, 1: BEFORE - 1 });
  assert.deepEqual(await progress.through(progress.heard()), new Set());
  assert.deepEqual(asked, [], 'nothing was heard: nobody is asked');
  for (const partition of [0, 1]) progress.received(partition, BEFORE);
  const heard = progress.heard();
  // What comes from now on evaluation has by itself.
  progress.received(0, BEFORE + 5_000);
  assert.deepEqual(await progress.through(heard), new Set([0]));
  assert.deepEqual(asked, [{ sinceMs: BEFORE + 5_000, limit: 1 }]);
  at.marks = { 0: BEFORE, 1: BEFORE, 2: BEFORE };
  assert.deepEqual(await progress.through(heard), new Set([0, 1]), 'of the third nothing was heard yet');
  progress.received(2, BEFORE);
  // From its first record on, it is.
  progress.received(2, BEFORE + 60_000);
  assert.deepEqual(await progress.through(heard), new Set([0, 1, 2]));
  at.marks = { 0: BEFORE, 1: BEFORE, 2: BEFORE - 1 };
  assert.deepEqual(await progress.through(heard), new Set([0, 1]));
});

test('while persist replays none is', async () => {
  const { at, progress } = progressOf({ 0: BEFORE });
  progress.received(0, BEFORE);
  at.replaying = 'the store is behind';
  assert.deepEqual(await progress.through(progress.heard()), new Set());
  at.replaying = undefined;
  assert.deepEqual(await progress.through(progress.heard()), new Set([0]));
});
