// Long loops in turns.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTurns } from '../../src/runtime/turns.ts';

test('work goes on while its turn lasts, and then waits for what else is to be done', async () => {
  let nowMs = 0;
  const turn = createTurns({ monotonicMs: () => nowMs });
  let others = 0;
  const seen: number[] = [];
  for (let step = 0; step < 6; step++) {
    setImmediate(() => others++);
    await turn();
    seen.push(others);
    nowMs += 4;
  }
  assert.deepEqual(seen, [0, 0, 3, 3, 5, 5]);
});

test('a turn is as long as its work may take', async () => {
  let nowMs = 0;
  const turn = createTurns({ monotonicMs: () => nowMs }, 3);
  assert.equal(turn(), undefined);
  nowMs = 3;
  assert.ok(turn() instanceof Promise);
});
