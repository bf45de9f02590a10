// What restarts, lateness and stalls must not do to alerts: warn is killed without a stop, over one bus and one catalog.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeBatch, encodeTick } from '../../src/wire/tick-writer.ts';
import { tick } from '../report/ticks.ts';
import { until } from '../until.ts';
import {
  begun,
  type Configured,
  MINUTE,
  pass,
  play,
  rule,
  START,
  send,
  sendTo,
  startWarn,
  type Warn,
  world,
} from './restart-world.ts';

test('timeline 30: down from the third tick to the fifth, it fires once, since the first', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90 for 4m')]);
  const first = await startWarn(at);
  await begun(at, first);
  const sinceMs = at.clock.nowMs();
  await play(at, first, [95, 95]);
  await first.kill();
  await play(at, undefined, [95, 95, 95]);
  const second = await startWarn(at);
  await begun(at, second);
  await pass(at, at.clock.nowMs() + 5_000, second);
  assert.deepEqual(second.told(), ['firing hot web-1']);
  assert.ok(Math.abs(second.changes.find(({ kind }) => kind === 'firing')!.alert.sinceMs - sinceMs) < 1_000);
});

test('case 18: killed while three fire, it tells alone what recovered meanwhile', async () => {
  const hosts = ['a', 'b', 'c'];
  const at = await world([rule('hot', 'cpu.usage > 90 for 2m')], hosts);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95, 95, 95], hosts);
  assert.equal(first.told().length, 3);
  await first.kill();
  for (const _ of [1, 2, 3]) {
    await send(at, ['a', 'c'], 95);
    await play(at, undefined, [30], ['b']);
  }
  const second = await startWarn(at);
  await begun(at, second);
  assert.deepEqual(second.told(), ['resolved hot b']);
  assert.equal(second.changes.filter(({ kind }) => kind === 'pending').length, 0);
});

test('killed between two saves, what is read again tells nothing', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95, 20]);
  assert.deepEqual(first.told(), ['firing hot web-1', 'resolved hot web-1']);
  first.cut.value = true;
  await play(at, first, [95, 20]);
  assert.equal(first.told().length, 4);
  await first.kill();
  const { states, offsets } = await at.catalog.alertStates.load();
  assert.deepEqual(states, [], 'its first end is stored');
  assert.ok((await at.bus.lag('any'))[0]!.end > offsets.get(0)! + 2, 'the second pair is read again');
  const second = await startWarn(at);
  await begun(at, second);
  assert.deepEqual(second.told(), []);
});

for (const [what, edit, reason] of [
  ['deleted', (c: Configured) => void (c.rules = []), 'rule deleted'],
  [
    'disabled',
    (c: Configured) => void (c.rules = [rule('hot', 'cpu.usage > 90', { enabled: false })]),
    'rule disabled',
  ],
] as const) {
  test(`a rule ${what} while warn is down ends its alert once`, async () => {
    const at = await world([rule('hot', 'cpu.usage > 90')]);
    const first = await startWarn(at);
    await begun(at, first);
    await play(at, first, [95]);
    await first.kill();
    edit(at.configured);
    const second = await startWarn(at);
    await begun(at, second);
    assert.deepEqual(second.told(), [`ended hot web-1 ${reason}`]);
    await second.kill();
  });
}

test('a threshold edited while warn is down: goes on where the value still crosses, else ends as changed', async () => {
  for (const [threshold, told] of [
    [85, []],
    [97, ['ended hot web-1 rule changed']],
  ] as const) {
    const at = await world([rule('hot', 'cpu.usage > 90')]);
    const first = await startWarn(at);
    await begun(at, first);
    await play(at, first, [95]);
    await first.kill();
    at.configured.rules = [rule('hot', `cpu.usage > ${threshold}`)];
    const second = await startWarn(at);
    await begun(at, second);
    await play(at, second, [95]);
    assert.deepEqual(second.told(), told, `> ${threshold}`);
  }
});

test('a host removed while firing ends its alert, live and while warn is down', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')], ['a', 'b']);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95], ['a', 'b']);
  at.configured.hosts = ['b'];
  await pass(at, at.clock.nowMs() + 3_000, first);
  assert.equal(first.told().at(-1), 'ended hot a host removed');
  await first.kill();
  at.configured.hosts = [];
  const second = await startWarn(at);
  await begun(at, second);
  assert.deepEqual(second.told().at(-1), 'ended hot b host removed');
});

test('late ticks fill windows and decide nothing; backfill is ignored', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [20]);
  await sendTo(at, warn, ['web-1'], 99, { timeMs: at.clock.nowMs() - 2 * MINUTE });
  await sendTo(at, warn, ['web-1'], 99, { backfill: true });
  await pass(at, at.clock.nowMs() + 2_000, warn);
  assert.deepEqual(warn.told(), []);
});

test('while manage is down the last configuration is kept, and that is said', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  at.manageDown.value = true;
  await pass(at, at.clock.nowMs() + 3_000, warn);
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
  assert.match((await warn.service.listAlerts({})).warnings.join(), /manage/);
  assert.match(warn.service.warnings().join(), /manage is down/);
});

test('without heartbeats it says the pipeline stalled, once, and no host is silent', async () => {
  const at = await world([rule('host-silent', 'silent for 3m')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [20, 20]);
  await pass(at, at.clock.nowMs() + 10 * MINUTE, warn, false);
  assert.deepEqual(warn.told(), ['firing pipeline-stalled']);
});

test('a host that stopped while warn was down is told', async () => {
  const hosts = ['a', 'b', 'c', 'd'];
  const at = await world([rule('host-silent', 'silent for 3m')], hosts);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [20, 20], hosts);
  await pass(at, at.clock.nowMs() + 2_000, first);
  await first.kill();
  await play(at, undefined, [20, 20], ['b', 'c', 'd']);
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, Array(10).fill(20), ['b', 'c', 'd']);
  assert.deepEqual(second.told(), ['firing host-silent a']);
});

test('a restart while part of a location is dark does not say that it is over', async () => {
  const alive = ['a', 'b', 'c', 'd', 'e'];
  const dead = ['v', 'w', 'x', 'y', 'z'];
  const at = await world([rule('room-dark', 'share(silent) > 20% min 2 for 2m')], [...alive, ...dead]);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [20, 20], [...alive, ...dead]);
  await play(at, first, Array(8).fill(20), alive);
  assert.deepEqual(first.told(), ['firing room-dark']);
  await first.kill();
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, Array(8).fill(20), alive);
  assert.deepEqual(second.told(), [], 'the five hosts are still dead');
});

test('analyze down at a restart: the dark location is not told over, and missed hosts come when it answers', async () => {
  const alive = ['a', 'b', 'c', 'd', 'e'];
  const dead = ['v', 'w', 'x', 'y', 'z'];
  const at = await world([rule('room-dark', 'share(silent) > 20% min 2 for 2m')], [...alive, ...dead]);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [20, 20], [...alive, ...dead]);
  await play(at, first, Array(8).fill(20), alive);
  await first.kill();
  at.analyze.isDown = true;
  const second = await startWarn(at);
  // It waits five real seconds for analyze before it goes on without.
  await until('it reads', async () => (await second.service.status()).partitions.length > 0);
  await begun(at, second);
  await play(at, second, Array(4).fill(20), alive);
  assert.deepEqual(second.told(), []);
  assert.match(second.service.warnings().join(), /analyze does not answer .*not detected as silent yet/);
  at.analyze.isDown = false;
  await play(at, second, Array(2).fill(20), alive);
  assert.deepEqual(second.service.warnings(), []);
  await play(at, second, Array(4).fill(20), [...alive, ...dead]);
  assert.deepEqual(second.told(), ['resolved room-dark']);
});

test('hosts that are assigned when they are silent already are missed, though they send nothing any more', async () => {
  const at = await world([rule('host-silent', 'silent for 3m')], ['alive']);
  const warn = await startWarn(at);
  await begun(at, warn);
  await send(at, ['dead'], 20);
  await play(at, warn, Array(5).fill(20), ['alive']);
  at.configured.hosts = ['alive', 'dead', 'never'];
  await play(at, warn, [20, 20], ['alive']);
  assert.deepEqual(warn.told(), ['firing host-silent dead']);
});

test('a host of which history alone was sent may be missed: it counts as silent since the end of it', async () => {
  const at = await world([rule('host-silent', 'silent for 3m')], ['alive', 'dead']);
  const warn = await startWarn(at);
  await begun(at, warn);
  at.analyze.isDown = true;
  const timeMs = at.clock.nowMs() - 30 * MINUTE;
  await sendTo(at, warn, ['dead'], 99, { timeMs, backfill: true });
  await play(at, warn, Array(6).fill(20), ['alive']);
  assert.deepEqual(warn.told(), ['firing host-silent dead']);
});

test('a catalog that fails at the start is named as the catalog, and evaluation begins when it answers', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  const warn = await startWarn(at, { cut: true });
  assert.match(warn.service.warnings().join(), /just started: open alerts are not restored yet/);
  await pass(at, at.clock.nowMs() + 20_000);
  assert.match(warn.service.warnings().join(), /cannot be read from the catalog: the catalog is cut off/);
  assert.doesNotMatch(warn.service.warnings().join(), /manage/);
  warn.cut.value = false;
  await pass(at, at.clock.nowMs() + 10_000);
  await begun(at, warn);
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test('an installation that never read anything goes on after a crash where it began', async () => {
  const at = await world([rule('hot', 'cpu.usage > 90')]);
  await send(at, ['web-1'], 95);
  const first = await startWarn(at);
  await pass(at, at.clock.nowMs() + 5_000);
  await first.kill();
  await send(at, ['web-1'], 96, { timeMs: at.clock.nowMs() + 1 });
  const second = await startWarn(at);
  await begun(at, second);
  assert.deepEqual(second.told(), ['firing hot web-1']);
  assert.deepEqual(second.changes[0]!.alert.values, [96]);
});

test("killed, it judges the first rate of another agent's counters that it did not judge before", async () => {
  const at = await world([rule('busy', 'net.sent > 100'), rule('calm', 'net.sent > 10')]);
  const bytesSent = [0, 60, 120, 2_520, 2_580];
  const reading = async (warn: Warn | undefined, minute: number) => {
    const counters = [{ metric: 'net.sent', labels: {}, value: 60 * bytesSent[minute]! }];
    const [timeMs, source] = [START + minute * MINUTE, 'telegraf'];
    const bytes = encodeBatch([encodeTick(tick({ hostId: 'web-1', timeMs, source, samples: [], counters }))]);
    await at.bus.publish([{ partition: 0, receivedMs: timeMs, bytes }]);
    await pass(at, START + (minute + 1) * MINUTE, warn);
  };
  const first = await startWarn(at);
  await begun(at, first);
  for (const minute of [0, 1, 2]) await reading(first, minute);
  assert.deepEqual(first.told(), ['firing calm web-1']);
  await first.kill();
  await reading(undefined, 3);
  const second = await startWarn(at);
  await begun(at, second);
  const [fired, ...others] = second.changes.filter(({ kind }) => kind === 'firing');
  assert.deepEqual([fired?.alert.rule, fired?.alert.values[0], others.length], ['busy', 2_400, 0]);
  await reading(second, 4);
  assert.deepEqual(second.told(), ['firing busy web-1', 'resolved busy web-1']);
});

test('a series that its source says has ended is over with that tick, and not with a scrape that failed', async () => {
  const at = await world([rule('full', 'disk.usage > 90')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  const disk = { metric: 'disk.usage', labels: { mount: '/mnt/usb', source: 'telegraf' } };
  const load = { metric: 'load.1', labels: { source: 'telegraf' }, value: 1 };
  for (const [minute, more] of [
    [1, { samples: [load, { ...disk, value: 95 }] }],
    [2, { samples: [], ended: [disk] }],
    [3, { samples: [load] }],
    [4, { samples: [load], ended: [disk] }],
  ] as const) {
    if (minute === 4) assert.deepEqual(warn.told(), ['firing full web-1']);
    const about = { hostId: 'web-1', timeMs: START + minute * MINUTE, source: 'telegraf' };
    const bytes = encodeBatch([encodeTick(tick({ ...about, ...more }))]);
    await at.bus.publish([{ partition: 0, receivedMs: about.timeMs, bytes }]);
    await pass(at, about.timeMs + MINUTE, warn);
  }
  assert.deepEqual(warn.told(), ['firing full web-1', 'ended full web-1 no longer reported']);
});
