// A part of the way that stands still: an agent, a location's link, one partition, the bus, report's clock; and a host that moves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch } from '../../src/wire/tick-writer.ts';
import {
  begun,
  heartbeat,
  MINUTE,
  pass,
  play,
  rule,
  send,
  sendTo,
  startWarn,
  world,
} from './restart-world.ts';

const HOUR = 60 * MINUTE;
const SILENCE = [rule('room-dark', 'share(silent) > 20% min 2 for 2m'), rule('host-silent', 'silent for 3m')];

test('an agent stops and starts again: its host alone is told, once silent and once back', async () => {
  const at = await world(SILENCE, ['a', 'b', 'c', 'd', 'e', 'f']);
  const warn = await startWarn(at);
  await begun(at, warn);
  const others = ['b', 'c', 'd', 'e', 'f'];
  await play(at, warn, [20, 20], ['a', ...others]);
  await play(at, warn, Array(6).fill(20), others);
  assert.deepEqual(warn.told(), ['firing host-silent a']);
  await play(at, warn, [20, 20], ['a', ...others]);
  assert.deepEqual(warn.told(), ['firing host-silent a', 'resolved host-silent a']);
});

test('the link of a location is cut and comes back with a backlog: the location is told, nothing of the backlog', async () => {
  const here = ['a', 'b', 'c'];
  const there = ['x', 'y', 'z'];
  const at = await world([rule('hot', 'cpu.usage > 90'), ...SILENCE], [...here, ...there]);
  at.configured.locationOf = (host) => (here.includes(host) ? '725' : '726');
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [20, 20], [...here, ...there]);
  const cutMs = at.clock.nowMs();
  await play(at, warn, Array(8).fill(20), here);
  const dark = warn.changes.filter(({ kind, alert }) => kind === 'firing' && alert.rule === 'room-dark');
  assert.deepEqual(
    dark.map(({ alert }) => alert.subject),
    [{ kind: 'location', location: '726' }],
  );
  const silent = warn.changes.filter(({ kind, alert }) => kind === 'firing' && alert.rule === 'host-silent');
  assert.deepEqual(
    silent.map(({ alert }) => alert.inside),
    ['room-dark', 'room-dark', 'room-dark'],
  );
  // The newest tick first, then what the agents kept, hot as it was.
  await sendTo(at, warn, there, 20);
  for (let minute = 0; minute < 8; minute++) await send(at, there, 99, { timeMs: cutMs + minute * MINUTE });
  await play(at, warn, [20, 20], [...here, ...there]);
  const told = warn.told();
  assert.ok(
    told.every((text) => !text.includes('hot')),
    told.join(),
  );
  assert.equal(told.filter((text) => text === 'resolved room-dark').length, 1);
  assert.equal(
    warn.told().filter((text) => text.startsWith('firing')).length,
    told.filter((text) => text.startsWith('resolved')).length,
  );
});

test('one partition of two stands still: the pipeline is told, its hosts are not, those of the other are', async () => {
  const at = await world(SILENCE, ['a', 'b', 'c', 'x', 'y', 'z'], { partitions: 2 });
  at.configured.locationOf = (host) => (host < 'm' ? '725' : '726');
  const warn = await startWarn(at);
  await begun(at, warn);
  for (const _ of [1, 2]) {
    await send(at, ['x', 'y', 'z'], 20, { partition: 1 });
    await play(at, warn, [20], ['a', 'b', 'c']);
  }
  // From now on nothing comes of the second one, and a host of the first one stops.
  for (let minute = 0; minute < 8; minute++) {
    await send(at, ['a', 'b'], 20);
    for (let second = 0; second < 60; second++) {
      if (second % 10 === 0) {
        const beat = encodeBatch([], { heartbeat: { reportId: 'r', timeMs: at.clock.nowMs() } });
        await at.bus.publish([{ partition: 0, receivedMs: at.clock.nowMs(), bytes: beat }]);
      }
      await pass(at, at.clock.nowMs() + 1_000, warn, false);
    }
  }
  const hosts = warn.changes.flatMap(({ alert }) =>
    alert.subject.kind === 'host' ? alert.subject.host : [],
  );
  assert.deepEqual([...new Set(hosts)], ['c']);
  assert.equal(warn.told().filter((text) => text === 'firing pipeline-stalled').length, 1);
  await heartbeat(at);
  await pass(at, at.clock.nowMs() + 2_000, warn);
  assert.equal(warn.told().filter((text) => text === 'resolved pipeline-stalled').length, 1);
});

for (const [text, stepMs] of [
  ['25 s back', -25_000],
  ['three hours back', -3 * HOUR],
  ['five hours back', -5 * HOUR],
  ['three hours forward', 3 * HOUR],
  ['forty days forward', 40 * 24 * HOUR],
  ['forty days forward and back again', 0],
] as const) {
  test(`report's clock is set ${text}: nothing stalls, no host is silent, one that stops is found as ever`, async () => {
    const hosts = ['a', 'b', 'c', 'd', 'e', 'f'];
    const at = await world([rule('hot', 'cpu.usage > 90'), ...SILENCE], hosts, { partitions: 2 });
    const warn = await startWarn(at);
    await begun(at, warn);
    await play(at, warn, [95], ['a']);
    await play(at, warn, [20], ['b', 'c', 'd', 'e', 'f']);
    let setMs = 0;
    // Heartbeats come on each partition in their turn; ticks on the first one, stamped by clocks that are right.
    const seconds = async (count: number, reporting: readonly string[]) => {
      for (let second = 0; second < count; second++) {
        const receivedMs = at.clock.nowMs() + setMs;
        const timeMs = at.clock.nowMs();
        if (second % 60 === 0 && reporting.includes('a')) await send(at, ['a'], 95, { receivedMs, timeMs });
        const others = reporting.filter((host) => host !== 'a');
        if (second % 60 === 0) await send(at, others, 20, { receivedMs, timeMs });
        if (second % 10 === 5) await heartbeat(at, receivedMs);
        await pass(at, at.clock.nowMs() + 1_000, undefined, false);
      }
    };
    const told = () => warn.told().filter((one) => !one.includes('clock-fault'));
    await seconds(62, hosts);
    if (stepMs === 0) {
      setMs = 40 * 24 * HOUR;
      await seconds(120, hosts);
    }
    setMs = stepMs;
    await seconds(300, hosts);
    assert.deepEqual(told(), ['firing hot a']);
    await seconds(60 * 6, hosts.slice(0, 5));
    assert.deepEqual(told(), ['firing hot a', 'firing host-silent f']);
    const [silent] = warn.changes.filter(
      ({ alert }) => alert.rule === 'host-silent' && alert.state === 'firing',
    );
    // Told by the clock that report has now.
    const ageMs = at.clock.nowMs() + setMs - silent!.alert.sinceMs;
    assert.ok(ageMs > 3 * MINUTE && ageMs < 6 * MINUTE, String(ageMs));
  });
}

test('a host moves while it fires, with warn running and while warn is down: it ends in one location and fires in the other', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95]);
  at.configured.locationOf = () => '726';
  await pass(at, at.clock.nowMs() + 3_000, first);
  const moved = ['firing hot web-1', 'ended hot web-1 host moved', 'firing hot web-1'];
  assert.deepEqual(first.told(), moved);
  const [before, , after] = first.changes.filter(({ kind }) => kind !== 'pending');
  assert.equal(after!.alert.sinceMs, before!.alert.sinceMs);
  await first.kill();
  at.configured.locationOf = () => '727';
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, [95]);
  const [open] = (await second.service.listAlerts({})).alerts;
  assert.equal(open!.location, '727');
});
