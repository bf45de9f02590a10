// Ticks as readers of the bus take them: rates once more where a record comes again, and what of copies is counted.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createDerivedTicks } from '../../src/wire/derived-ticks.ts';
import { createTickReader } from '../../src/wire/tick-reader.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';

const NOW = Date.UTC(2026, 2, 18);

function opened() {
  const derived = createDerivedTicks({ comeAgain: true });
  const reader = createTickReader();
  /** The values of what becomes of a reading, rates behind samples. */
  function take(next: number, second: number, replica = ''): number[] {
    const timeMs = NOW + second * 1_000;
    const tick = {
      ...{ hostId: 'a', timeMs, intervalMs: 10_000, machineId: '', bootId: '', agentVersion: '' },
      ...{ source: 'prometheus', replica, samples: [{ metric: 'load.1', labels: {}, value: second }] },
      counters: [
        { metric: 'net.sent', labels: {}, value: 3 * second },
        { metric: 'net.received', labels: {}, value: second },
      ],
    };
    const found: number[] = [];
    derived.begin({ partition: 0, next, receivedMs: timeMs });
    reader.readBatch(encodeBatch([encodeTick(tick)]), (view) =>
      derived.take(view, ({ values }) => found.push(...values)),
    );
    return found;
  }
  return { derived, take };
}

test('a record that comes again before it is settled has the same rates, and none after', () => {
  const { derived, take } = opened();
  assert.deepEqual(take(1, 0), [0]);
  assert.deepEqual(take(2, 10), [10, 3, 1]);
  assert.deepEqual(take(2, 10), [10, 3, 1]);
  derived.settle(new Map([[0, 1]]));
  assert.deepEqual(take(2, 10), [10, 3, 1]);
  derived.settle(new Map([[0, 2]]));
  assert.deepEqual(take(2, 10), [10]);
});

test('of the copy of a replica nothing is taken, and all of it counted', () => {
  const { derived, take } = opened();
  take(1, 0, 'x');
  assert.deepEqual(take(2, 3, 'y'), []);
  assert.equal(derived.copies(), 3);
});
