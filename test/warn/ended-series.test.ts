// Ends of series in a request of their own: what a good scrape lost is over, what a scrape that failed knew is not.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEndsApart } from '../../src/daemons/warn/evaluation/ends-apart.ts';
import type { Sample, Tick } from '../../src/domain/tick.ts';
import type { TickView } from '../../src/wire/tick-view.ts';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
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

test('before the samples of that time they end it with these', async () => {
  const all = await told(async (at) => {
    await publish(at, { samples: [], ended });
    await publish(at, { samples: [disk('/')] });
  });
  assert.deepEqual(all, [...firing, 'ended full web-1 no longer reported']);
});

test('they come in several requests, with late pieces of earlier rounds between', async () => {
  const all = await told(async (at) => {
    await publish(at, { samples: [], ended });
    await publish(at, { samples: [], ended: [{ metric: 'disk.usage', labels: { mount: '/mnt/other' } }] });
    const other = [{ metric: 'disk.usage', labels: { mount: '/' } }];
    await publish(at, { timeMs: at.clock.nowMs() - 1_000, samples: [], ended: other });
    await publish(at, { timeMs: at.clock.nowMs() - MINUTE, samples: [disk('/')] });
    await publish(at, { samples: [disk('/')] });
  });
  assert.deepEqual(all, [...firing, 'ended full web-1 no longer reported']);
});

test('without any their alert goes on, also where a later round has its samples', async () => {
  const all = await told(async (at) => {
    await publish(at, { samples: [], ended });
    await at.clock.advanceTo(at.clock.nowMs() + 1_000);
    await publish(at, { samples: [disk('/')] });
  });
  assert.deepEqual(all, firing);
});

test('what ended before its round is kept for so many series, and the oldest is forgotten', () => {
  const hosts = new Map(['a', 'b'].map((host) => [host, { sources: [] }]));
  const withEnds = createEndsApart(hosts);
  const view = (hostId: string, more: Partial<TickView>) =>
    ({ hostId, source: 'node', timeMs: 2, values: new Float64Array(1), ...more }) as TickView;
  const ends = (count: number, timeMs = 2) => ({
    ...{ timeMs, values: new Float64Array(0) },
    ended: Array.from({ length: count }, () => ({ metric: 'up', labels: {} })),
  });
  assert.equal(withEnds(view('a', ends(6_000, 1))), undefined);
  assert.equal(withEnds(view('a', ends(5_000))), undefined);
  assert.equal(withEnds(view('b', ends(5_000))), undefined);
  // Of a host that nobody watches nothing is kept.
  assert.equal(withEnds(view('nobody', ends(6_000))), undefined);
  assert.equal(withEnds(view('a', {}))?.ended?.length, 5_000);
  assert.equal(withEnds(view('a', ends(5_001))), undefined);
  assert.equal(withEnds(view('b', {}))?.ended, undefined);
  assert.equal(withEnds(view('a', {}))?.ended?.length, 5_001);
});
