// Rates as whoever reads the bus sees them: in one layout while the same counters come, and in another once others do.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample } from '../../../src/domain/tick.ts';
import { createDerivedTicks } from '../../../src/wire/derived-ticks.ts';
import { createTickReader } from '../../../src/wire/tick-reader.ts';
import type { TickView } from '../../../src/wire/tick-view.ts';
import { encodeBatch, encodeTick } from '../../../src/wire/tick-writer.ts';

const T0 = Date.parse('2026-03-16T12:00:00Z');
const STEP_MS = 10_000;

function createStream() {
  const reader = createTickReader();
  const derived = createDerivedTicks({ comeAgain: false });
  let next = 0;
  /** The rates of a round: counters by interface. */
  return (hostId: string, round: number, counters: Readonly<Record<string, number>>) => {
    const timeMs = T0 + round * STEP_MS;
    const samples: Sample[] = Object.entries(counters).map(([name, value]) => ({
      ...{ metric: 'net.received', labels: { interface: name, source: 'x' }, value },
    }));
    const tick = { hostId, timeMs, intervalMs: STEP_MS, machineId: '', bootId: '', agentVersion: '' };
    const found: Pick<TickView, 'layout'>[] = [];
    const rates: Record<string, number> = {};
    derived.begin({ partition: 0, next: ++next, receivedMs: timeMs });
    reader.readBatch(
      encodeBatch([encodeTick({ ...tick, samples: [], counters: samples, source: 'x' })]),
      (view) =>
        derived.take(view, ({ layout, values }) => {
          if (values.length === 0) return;
          found.push({ layout });
          layout.series.forEach(({ labels }, i) => {
            rates[labels['interface']!] = values[i]!;
          });
        }),
    );
    return { layout: found[0]?.layout, rates };
  };
}

test('the layout of rates is the same object until other counters come', () => {
  const take = createStream();
  const round = (number: number, names: readonly string[]) =>
    take('web-1', number, Object.fromEntries(names.map((name, i) => [name, number * 10 * (i + 1)])));
  assert.equal(round(0, ['eth0', 'eth1']).layout, undefined);
  const first = round(1, ['eth0', 'eth1']);
  assert.deepEqual(first.rates, { eth0: 1, eth1: 2 });
  assert.equal(round(2, ['eth0', 'eth1']).layout, first.layout);
  round(3, ['eth0', 'eth1', 'eth2']);
  const more = round(4, ['eth0', 'eth1', 'eth2']);
  assert.deepEqual(more.rates, { eth0: 1, eth1: 2, eth2: 3 });
  assert.notEqual(more.layout, first.layout);
  assert.deepEqual(
    more.layout!.series.map(({ key }) => key.includes('eth')),
    [true, true, true],
  );
  const fewer = round(5, ['eth0']);
  assert.deepEqual(fewer.rates, { eth0: 1 });
  assert.equal(fewer.layout!.series.length, 1);
});

test('as many rates as before, of others: another layout', () => {
  const take = createStream();
  for (const round of [0, 1]) take('web-1', round, { eth0: round * 10, eth1: round * 20 });
  // In a piece of its own: the rates of the next piece are as many as those before.
  take('web-1', 1, { eth3: 0 });
  const { layout, rates } = take('web-1', 2, { eth0: 20, eth3: 50 });
  assert.deepEqual(rates, { eth0: 1, eth3: 5 });
  assert.match(layout!.series[1]!.key, /eth3/);
});

test('two hosts with the same counters have each its own', () => {
  const take = createStream();
  for (const host of ['a', 'b']) take(host, 0, { eth0: 0 });
  const [a, b] = ['a', 'b'].map((host) => take(host, 1, { eth0: host === 'a' ? 10 : 20 }));
  assert.deepEqual([a!.rates, b!.rates], [{ eth0: 1 }, { eth0: 2 }]);
});
