// Ends of series in a request of their own: what a good scrape lost is over, what a scrape that failed knew is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Sample, Tick } from '../../src/domain/tick.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-codec.ts';
import { tick } from '../report/ticks.ts';
import { begun, heartbeat, MINUTE, pass, rule, startWarn, type World, world } from './restart-world.ts';

const disk = (mount: string): Sample => ({ metric: 'disk.usage', labels: { mount }, value: 95 });

async function publish(at: World, more: Partial<Tick>) {
  const timeMs = at.clock.nowMs();
  const one = { timeMs, machineId: '', bootId: '', source: 'prometheus/node', ...more };
  await at.bus.publish([{ partition: 0, receivedMs: timeMs, bytes: encodeBatch([encodeTick(tick(one))]) }]);
}

async function told(lost: (at: World) => Promise<void>) {
  const at = await world([rule('full', 'disk.usage > 90')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await publish(at, { samples: [disk('/'), disk('/mnt/usb')] });
  await pass(at, at.clock.nowMs() + MINUTE, warn);
  await lost(at);
  await heartbeat(at);
  await pass(at, at.clock.nowMs() + 10_000, warn);
  return warn.told();
}

const ended = [{ metric: 'disk.usage', labels: { mount: '/mnt/usb' } }];
const firing = Array(2).fill('firing full web-1');

test('after samples of the same time they end their alert', async () => {
  const all = await told(async (at) => {
    await publish(at, { samples: [disk('/')] });
    await publish(at, { samples: [], ended });
  });
  assert.deepEqual(all, [...firing, 'ended full web-1 no longer reported']);
});

test('without any their alert goes on', async () => {
  assert.deepEqual(await told((at) => publish(at, { samples: [], ended })), firing);
});
