// What is wrong with the pipeline or with a clock is not said of hosts: persist stopped, warn away for hours, clocks off and set.
import assert from 'node:assert/strict';
import { PassThrough } from 'node:stream';
import { test } from 'node:test';
import { createLogger } from '../../src/runtime/logging.ts';
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

test('warn six hours away tells what fires now with its true start and what is over, not what came and went', async () => {
  const hosts = ['a', 'b', 'c'];
  const at = await world([rule('hot', 'cpu.usage > 90 for 2m'), ...SILENCE], hosts);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95, 95, 95], ['a']);
  assert.deepEqual(first.told(), ['firing hot a']);
  await first.kill();
  const startMs = at.clock.nowMs();
  for (let minute = 0; minute < 360; minute++) {
    const receivedMs = startMs + minute * MINUTE;
    await send(at, ['a'], minute < 60 ? 95 : 20, { receivedMs });
    await send(at, ['b'], minute >= 120 && minute < 180 ? 95 : 20, { receivedMs });
    await send(at, ['c'], minute >= 300 ? 95 : 20, { receivedMs });
    for (let beat = 0; beat < 6; beat++) await heartbeat(at, receivedMs + beat * 10_000);
  }
  await at.clock.advanceTo(startMs + 360 * MINUTE);
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, [20], ['a', 'b']);
  assert.deepEqual(second.told().sort(), ['firing hot c', 'resolved hot a']);
  const fired = second.changes.find(({ kind }) => kind === 'firing')!;
  assert.equal(fired.alert.sinceMs, startMs + 300 * MINUTE);
  const over = second.changes.find(({ kind }) => kind === 'resolved')!;
  assert.equal(over.atMs, startMs + 60 * MINUTE);
});

test('persist stopped for ten minutes when warn is started again: no host is silent that reports', async () => {
  const hosts = ['a', 'b', 'c', 'd'];
  const at = await world(SILENCE, hosts);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [20, 20], hosts);
  for (let minute = 0; minute < 10; minute++) {
    await sendTo(at, first, hosts, 20, { isStored: false });
    await pass(at, at.clock.nowMs() + MINUTE, first);
  }
  await first.kill();
  const second = await startWarn(at);
  await begun(at, second);
  for (let minute = 0; minute < 6; minute++) {
    await sendTo(at, second, hosts, 20, { isStored: false });
    await pass(at, at.clock.nowMs() + MINUTE, second);
  }
  assert.deepEqual([...first.told(), ...second.told()], []);
});

for (const [what, offMs] of [
  ['ahead', HOUR],
  ['behind', -HOUR],
] as const) {
  test(`a host's clock an hour ${what}: it is judged, it is not silent`, async () => {
    const hosts = ['a', 'b', 'c'];
    const at = await world([rule('hot', 'cpu.usage > 90 for 2m'), ...SILENCE], hosts);
    const warn = await startWarn(at);
    await begun(at, warn);
    for (const value of [95, 95, 95, 95, 95]) {
      await sendTo(at, warn, ['a'], value, { timeMs: at.clock.nowMs() + offMs });
      await play(at, warn, [20], ['b', 'c']);
    }
    const told = warn.told().filter((text) => text !== 'firing clock-fault a');
    assert.deepEqual(told, ['firing hot a']);
    assert.ok(warn.told().includes('firing clock-fault a'));
  });

  test(`a host's clock is set an hour ${what === 'ahead' ? 'forward' : 'back'} while it reports`, async () => {
    const hosts = ['a', 'b', 'c'];
    const at = await world([rule('hot', 'cpu.usage > 90'), ...SILENCE], hosts);
    const warn = await startWarn(at);
    await begun(at, warn);
    await play(at, warn, [20, 20], hosts);
    for (let minute = 0; minute < 8; minute++) {
      await sendTo(at, warn, ['a'], 20, { timeMs: at.clock.nowMs() + offMs });
      await play(at, warn, [20], ['b', 'c']);
    }
    assert.deepEqual(warn.told(), ['firing clock-fault a']);
  });

  test(`warn's own clock is set an hour ${what === 'ahead' ? 'forward' : 'back'}: logged, and nothing else`, async () => {
    const hosts = ['a', 'b', 'c'];
    const at = await world([rule('hot', 'cpu.usage > 90'), ...SILENCE], hosts);
    const lines = new PassThrough();
    const warn = await startWarn(at, {
      logger: await createLogger({ level: 'warn', format: 'json' }, lines),
    });
    await begun(at, warn);
    await play(at, warn, [95], ['a']);
    await play(at, warn, [20], ['b', 'c']);
    assert.deepEqual(warn.told(), ['firing hot a']);
    // Report's clock is another machine's and goes on as before.
    await at.clock.stepBy(offMs);
    const report = () => at.clock.nowMs() - offMs;
    for (let second = 0; second < 240; second++) {
      if (second % 10 === 0) await heartbeat(at, report());
      if (second % 60 === 0) await send(at, ['a'], 95, { receivedMs: report() });
      if (second % 60 === 0) await send(at, ['b'], second >= 120 ? 95 : 20, { receivedMs: report() });
      if (second % 60 === 0) await send(at, ['c'], 20, { receivedMs: report() });
      await pass(at, at.clock.nowMs() + 1_000, undefined, false);
    }
    assert.deepEqual(warn.told(), ['firing hot a', 'firing hot b']);
    assert.match(String(lines.read()), /the clock of this machine was set 3600 s (forward|back)/);
  });
}

test("report's clock is set an hour forward: no host is silent and nothing is over", async () => {
  const hosts = ['a', 'b', 'c'];
  const at = await world([rule('hot', 'cpu.usage > 90'), ...SILENCE], hosts);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [95], ['a']);
  await play(at, warn, [20], ['b', 'c']);
  const report = () => at.clock.nowMs() + HOUR;
  for (let second = 0; second < 300; second++) {
    if (second % 10 === 0) await heartbeat(at, report());
    if (second % 60 === 0) await send(at, ['a'], 95, { receivedMs: report(), timeMs: at.clock.nowMs() });
    if (second % 60 === 0) await send(at, ['b', 'c'], 20, { receivedMs: report(), timeMs: at.clock.nowMs() });
    await pass(at, at.clock.nowMs() + 1_000, undefined, false);
  }
  // By the one clock that all are judged by, theirs are behind.
  const told = warn.told().filter((text) => !text.startsWith('firing clock-fault'));
  assert.deepEqual(told, ['firing hot a']);
});

for (const [count, expected] of [
  [1, ['firing host-silent h-0']],
  [2, ['firing host-silent h-0', 'firing host-silent h-1']],
  [3, ['firing host-silent h-0', 'firing host-silent h-1', 'firing host-silent h-2', 'firing room-dark']],
] as const) {
  test(`an installation of ${count}: all of its hosts stop`, async () => {
    const hosts = Array.from({ length: count }, (_, i) => `h-${i}`);
    const at = await world(SILENCE, hosts);
    const warn = await startWarn(at);
    await begun(at, warn);
    await play(at, warn, [20, 20], hosts);
    await pass(at, at.clock.nowMs() + 8 * MINUTE, warn);
    assert.deepEqual(warn.told().sort(), [...expected]);
    const first = warn.changes.find(({ kind }) => kind === 'firing')!;
    assert.equal(first.alert.rule, count === 3 ? 'room-dark' : 'host-silent');
    await play(at, warn, [20, 20], hosts);
    assert.deepEqual(warn.told().slice(expected.length).sort(), [
      ...expected.map((text) => text.replace('firing', 'resolved')),
    ]);
  });
}

test('ten thousand hosts in a hundred locations: one location goes dark, and no other one is named', async () => {
  const hosts = Array.from({ length: 10_000 }, (_, i) => `h-${i}`);
  const at = await world(SILENCE, hosts);
  at.configured.locationOf = (host) => `room-${Number(host.slice(2)) % 100}`;
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [20, 20], hosts);
  await play(
    at,
    warn,
    Array(7).fill(20),
    hosts.filter((host) => at.configured.locationOf(host) !== 'room-7'),
  );
  const dark = warn.changes.filter(({ kind, alert }) => kind === 'firing' && alert.rule === 'room-dark');
  assert.deepEqual(
    dark.map(({ alert }) => alert.subject),
    [{ kind: 'location', location: 'room-7' }],
  );
  const silent = warn.changes.filter(({ kind, alert }) => kind === 'firing' && alert.rule === 'host-silent');
  assert.equal(silent.length, 100);
  assert.ok(silent.every(({ alert }) => alert.inside === 'room-dark'));
});
