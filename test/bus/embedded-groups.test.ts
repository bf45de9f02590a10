// What the embedded bus keeps for whom: holding groups, readers while there is room, and no losses that are none.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, it } from 'node:test';
import type { Bus } from '../../src/bus/bus.ts';
import { createEmbeddedBus, type EmbeddedBusOptions } from '../../src/bus/embedded/bus.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { until } from '../until.ts';
import { message, reader } from './contract.ts';

const root = mkdtempSync(join(tmpdir(), 'minimon-groups-'));
const opened: Bus[] = [];
after(async () => {
  await Promise.all(opened.map((bus) => bus.stop()));
  rmSync(root, { recursive: true, force: true });
});
const freshDirectory = () => mkdtempSync(join(root, 'bus-'));

async function open(directory: string, more: Partial<EmbeddedBusOptions> = {}) {
  const bus = await createEmbeddedBus({ directory, clock: systemClock, logger: silentLogger, ...more });
  opened.push(bus);
  return bus;
}

it('keeps for a holding group what it has not read, also where that ended before it committed anything', async () => {
  const directory = freshDirectory();
  let bus = await open(directory);
  const first = await reader(bus, 'minimon.persist', { holds: true });
  await first.consumer.stop();
  await bus.publish([message(0, 'a'), message(0, 'b')]);
  await bus.stop();
  bus = await open(directory);
  const other = await reader(bus, 'another', { holds: true });
  await until('both', () => other.records.length === 2);
  await other.consumer.commit(new Map([[0, 2]]));
  // What it may remove is removed before it stops.
  await bus.stop();
  bus = await open(directory);
  const again = await reader(bus, 'minimon.persist', { holds: true });
  await until('both', () => again.records.length === 2);
  assert.deepEqual([again.texts(), again.lost], [['a', 'b'], []]);
  await bus.stop();
});

for (const [share, isKept] of [
  [0.3, true],
  [0.7, false],
] as const) {
  it(`${isKept ? 'keeps' : 'removes'} what a reader that runs has not read with ${share * 100} % of its room in use`, async () => {
    const directory = freshDirectory();
    const maxBytes = 2_000_000;
    let bus = await open(directory, { maxBytes });
    const slow = await bus.read({
      ...{ name: 'slow', offsets: new Map(), maxBytes: 1 },
      onBatch: (_, signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve())),
    });
    const count = (share * maxBytes) / 20_000;
    await bus.publish(Array.from({ length: count }, () => message(0, 'x'.repeat(20_000))));
    const persist = await reader(bus, 'minimon.persist', { holds: true });
    await until('all', () => persist.records.length === count);
    await persist.consumer.commit(new Map([[0, count]]));
    await slow.stop();
    await bus.stop();
    bus = await open(directory, { maxBytes });
    assert.equal((await bus.lag('another'))[0]!.unread, isKept ? count : 0);
    await bus.stop();
  });
}

it('says of no record that it is lost where everything was read before the log was gone', async () => {
  const directory = freshDirectory();
  let bus = await open(directory);
  const before = await reader(bus, 'minimon.persist', { holds: true });
  await bus.publish([message(0, 'a'), message(0, 'b')]);
  await until('both', () => before.records.length === 2);
  await before.consumer.commit(new Map([[0, 2]]));
  await bus.stop();
  rmSync(join(directory, 'bus.sqlite'));
  bus = await open(directory);
  const seen = await reader(bus, 'minimon.persist', { holds: true });
  await bus.publish([message(0, 'after')]);
  await until('the new one', () => seen.records.length === 1);
  assert.deepEqual([seen.texts(), seen.lost], [['after'], []]);
  await bus.stop();
});
