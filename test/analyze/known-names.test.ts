// The hosts and metrics that queries choose from: read again after a second, or when nothing of the old list is chosen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createKnownNames } from '../../src/daemons/analyze/promql/known-names.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';

function knownMetrics() {
  const clock = createVirtualClock(0);
  const store = { metrics: ['cpu.usage'], reads: 0, isDown: false };
  const known = createKnownNames({
    clock,
    store: {
      hosts: async () => [],
      async metrics() {
        store.reads++;
        if (store.isDown) throw new Error('the store is down');
        return [...store.metrics];
      },
    },
  });
  const choose = async (name: string) =>
    (await known.metrics((all) => all.filter((one) => one === name))).chosen.length;
  return { clock, store, choose };
}

test('a list is read once within a second, however many ask', async () => {
  const { clock, store, choose } = knownMetrics();
  await Promise.all([choose('cpu.usage'), choose('cpu.usage')]);
  await clock.advanceTo(999);
  assert.equal(await choose('cpu.usage'), 1);
  assert.equal(store.reads, 1);
  await clock.advanceTo(1_000);
  await choose('cpu.usage');
  assert.equal(store.reads, 2);
});

test('what just came is found at once', async () => {
  const { store, choose } = knownMetrics();
  await choose('cpu.usage');
  store.metrics.push('load.1');
  assert.equal(await choose('load.1'), 1);
  assert.equal(store.reads, 2);
});

test('a failure is told and not kept', async () => {
  const { store, choose } = knownMetrics();
  store.isDown = true;
  await assert.rejects(choose('cpu.usage'), /the store is down/);
  store.isDown = false;
  assert.equal(await choose('cpu.usage'), 1);
});
