// Windows begin full: after a restart of warn, for a rule that is new, and for a host that was just assigned.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { partitionOf } from '../../src/bus/partition.ts';
import { createWindowHistory } from '../../src/daemons/warn/evaluation/window-history.ts';
import { createVirtualClock } from '../../src/runtime/clock.ts';
import { silentLogger } from '../../src/runtime/logging.ts';
import { begun, MINUTE, pass, play, rule, sendTo, startWarn, type World, world } from './restart-world.ts';

const HOUR = 60 * MINUTE;
const HOT = rule('hot', 'avg(cpu.usage, 10m) > 80');

test('a window that was half full before a restart is full in time after it', async () => {
  const at = await world([HOT]);
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95, 95, 95, 95]);
  assert.deepEqual(first.told(), []);
  await first.kill();
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, [95]);
  assert.deepEqual(second.told(), [], 'five samples span four minutes');
  await play(at, second, [95]);
  assert.deepEqual(second.told(), ['firing hot web-1']);
});

const BEHIND: Readonly<Record<string, (at: World) => void>> = {
  'persist replays': ({ analyze }) => void (analyze.replaying = 'the start-up replay is under way'),
  'persist is behind': ({ analyze, clock }) => {
    const stoppedMs = clock.nowMs();
    analyze.storedUntilMs = () => stoppedMs;
  },
};
for (const [what, begin] of Object.entries(BEHIND)) {
  test(`while ${what} windows are not filled with the part that is stored, and afterwards they are`, async () => {
    const at = await world([HOT]);
    const first = await startWarn(at);
    await begun(at, first);
    await play(at, first, [95, 95, 95, 95]);
    await first.kill();
    begin(at);
    const unread = at.analyze.points.splice(0);
    const second = await startWarn(at);
    await begun(at, second);
    await play(at, second, [95]);
    assert.equal(at.analyze.asked.length, 1, 'by the first one, before');
    at.analyze.points.unshift(...unread);
    at.analyze.replaying = undefined;
    at.analyze.storedUntilMs = () => at.clock.nowMs();
    await pass(at, at.clock.nowMs() + 15_000, second);
    await play(at, second, [95]);
    assert.deepEqual(second.told(), ['firing hot web-1']);
  });
}

test('hosts of a partition that the store is behind with hold up no others, asked for before or after', async () => {
  const at = await world([HOT], ['a', 'b'], { partitions: 2 });
  const of = (partition: number) => ['a', 'b', 'd', 'f'].filter((id) => partitionOf(id, 2) === partition);
  const [behind, others] = [of(0), of(1)];
  at.configured.hosts = [behind[0]!, others[0]!];
  at.analyze.storedUntilMs = (partition) => (partition === 0 ? 0 : at.clock.nowMs());
  const past = (hostId: string) => {
    for (let minutes = 10; minutes >= 1; minutes--)
      at.analyze.points.push({ hostId, timeMs: at.clock.nowMs() - minutes * MINUTE, value: 95 });
  };
  for (const hostId of [...behind, ...others]) past(hostId);
  const warn = await startWarn(at);
  await begun(at, warn);
  at.configured.hosts = [...behind, ...others];
  await pass(at, at.clock.nowMs() + MINUTE / 2, warn);
  const send = (hostId: string) => sendTo(at, warn, [hostId], 95, { partition: partitionOf(hostId, 2) });
  for (const hostId of [...behind, ...others]) await send(hostId);
  assert.deepEqual(warn.told().sort(), others.map((hostId) => `firing hot ${hostId}`).sort());
});

test('a store that is always some seconds behind fills windows: with what was heard when they were asked for', async () => {
  const at = await world([HOT]);
  at.analyze.storedUntilMs = () => at.clock.nowMs() - 15_000;
  for (let minutes = 10; minutes >= 1; minutes--)
    at.analyze.points.push({ hostId: 'web-1', timeMs: at.clock.nowMs() - minutes * MINUTE, value: 95 });
  const warn = await startWarn(at);
  for (let beats = 0; beats < 6; beats++) {
    await sendTo(at, warn, [], 0);
    await pass(at, at.clock.nowMs() + 5_000, warn);
  }
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test("a series that has its last sample ten minutes before is the host's, and none with an older one", async () => {
  for (const [agoMs, filled] of [
    [10 * MINUTE, 1],
    [10 * MINUTE + 1, 0],
  ] as const) {
    const clock = createVirtualClock(0);
    let fills = 0;
    const series = {
      hostId: 'web-1',
      metric: 'cpu.usage',
      labels: {},
      timesMs: [HOUR - agoMs],
      values: [95],
    };
    const history = createWindowHistory({
      analyze: { queryRange: async () => ({ startMs: 0, stopMs: HOUR, series: [series], warnings: [] }) },
      evaluator: {
        windows: () => [{ metric: 'cpu.usage', of: 'samples', spanMs: HOUR, spans: new Map([['[]', HOUR]]) }],
        fill: () => void fills++,
      },
      progress: { heard: () => new Map(), through: async () => new Set([0]) },
      ...{ partitions: 1, nowMs: () => HOUR, clock, logger: silentLogger },
    });
    let asked = 0;
    history.ask(function* () {
      asked++;
      yield 'web-1';
    }, new AbortController().signal);
    for (let i = 0; i < 50; i++) await new Promise(setImmediate);
    assert.deepEqual([asked, fills], [1, filled], `${agoMs} ms`);
  }
});

test('a rule that is added fires with the next tick on what was measured before', async () => {
  const at = await world([]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, Array(10).fill(95));
  at.configured.rules = [HOT];
  await begun(at, warn);
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test('a longer window of a metric is filled beside a shorter one, without counting a sample twice', async () => {
  const at = await world([rule('short', 'avg(cpu.usage, 4m) > 99')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [10, 10, 10, 10, 90, 90, 90, 90]);
  at.configured.rules = [rule('long', 'avg(cpu.usage, 9m) > 54')];
  await begun(at, warn);
  // (4 x 10 + 5 x 90) / 9 = 54.4; with the newer ones counted twice it were over that by far, without the older ones 90.
  await play(at, warn, [90]);
  const [fired] = warn.changes.filter(({ kind }) => kind === 'firing');
  assert.ok(Math.abs(fired!.alert.values[0]! - 490 / 9) < 1e-9, String(fired!.alert.values[0]));
});

test('a host that is assigned brings its past; a series that ended before has none', async () => {
  const at = await world([rule('hot', 'avg(cpu.usage, 30m) > 80')], ['a']);
  const warn = await startWarn(at);
  await begun(at, warn);
  const addPast = (hostId: string, endedMinutes: number) => {
    for (let minutes = 30; minutes >= endedMinutes; minutes--)
      at.analyze.points.push({ hostId, timeMs: at.clock.nowMs() - minutes * MINUTE, value: 95 });
  };
  addPast('b', 1);
  addPast('c', 11);
  at.configured.hosts = ['a', 'b', 'c'];
  await begun(at, warn);
  await play(at, warn, [95], ['b', 'c']);
  assert.deepEqual(warn.told(), ['firing hot b']);
});

test('a rule that was off for a while has what was measured meanwhile', async () => {
  const at = await world([HOT]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, [20, 20]);
  at.configured.rules = [];
  await begun(at, warn);
  await play(at, warn, Array(10).fill(95));
  assert.deepEqual(warn.told(), []);
  at.configured.rules = [HOT];
  await begun(at, warn);
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test('a rule about other series of a metric whose windows are full begins full too', async () => {
  const at = await world([rule('other', 'avg(cpu.usage{core="1"}, 10m) > 80')]);
  const warn = await startWarn(at);
  await begun(at, warn);
  await play(at, warn, Array(10).fill(95));
  at.configured.rules = [rule('other', 'avg(cpu.usage{core="1"}, 10m) > 80'), HOT];
  await begun(at, warn);
  await play(at, warn, [95]);
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test('a range that is too large is asked in halves, and one that cannot be asked holds up no other', async () => {
  const hosts = ['a', 'b', 'c'];
  const at = await world([rule('full', 'forecast(disk.free, 4h) < 0'), HOT], hosts);
  at.analyze.tooLarge = { metric: 'disk.free', hosts: 0 };
  for (let minutes = 10; minutes >= 1; minutes--) {
    for (const hostId of hosts)
      at.analyze.points.push({ hostId, timeMs: at.clock.nowMs() - minutes * MINUTE, value: 95 });
  }
  const first = await startWarn(at);
  await begun(at, first);
  await play(at, first, [95], hosts);
  assert.deepEqual(first.told().sort(), ['firing hot a', 'firing hot b', 'firing hot c']);
  await first.kill();

  at.analyze.tooLarge = { metric: 'cpu.usage', hosts: 1 };
  at.told.clear();
  await at.catalog.alertStates.save({
    ...{ changed: [], offsets: new Map(), fence: (await at.catalog.warnLease.read()).fence, history: [] },
    removedIds: (await at.catalog.alertStates.load()).states.map(({ id }) => id),
  });
  const second = await startWarn(at);
  await begun(at, second);
  await play(at, second, [95], hosts);
  assert.deepEqual(second.told().sort(), ['firing hot a', 'firing hot b', 'firing hot c']);
});

test('a rule that changes while its past is read has no gap between the two', async () => {
  const at = await world([HOT]);
  const warn = await startWarn(at);
  at.analyze.heldUp = Promise.withResolvers<void>();
  const { heldUp } = at.analyze;
  await begun(at, warn);
  await play(at, warn, Array(3).fill(95));
  at.configured.rules = [rule('other', 'avg(cpu.usage{core="1"}, 10m) > 80')];
  await begun(at, warn);
  await play(at, warn, Array(4).fill(20));
  at.configured.rules = [HOT];
  await begun(at, warn);
  at.analyze.heldUp = undefined;
  heldUp.resolve();
  await begun(at, warn);
  // Of the last ten minutes four were good: 65. Without them it were 95.
  await play(at, warn, Array(6).fill(95));
  assert.deepEqual(warn.told(), []);
  await play(at, warn, Array(3).fill(95));
  assert.deepEqual(warn.told(), ['firing hot web-1']);
});

test('of a metric only the series are read that some rule asks for, where all of them share a label', async () => {
  const at = await world([
    rule('root', 'avg(disk.usage{mount="/"}, 10m) > 80'),
    rule('other', 'avg(disk.usage{mount="/", fs!="tmpfs"}, 5m) > 80'),
    rule('one', 'avg(disk.busy{device="sda"}, 5m) > 80'),
    rule('two', 'avg(disk.busy{device~"sd*"}, 5m) > 80'),
  ]);
  const warn = await startWarn(at);
  await begun(at, warn);
  assert.deepEqual(
    at.analyze.asked.sort((a, b) => (a.metric < b.metric ? -1 : 1)),
    [
      { metric: 'disk.busy', labels: undefined },
      { metric: 'disk.usage', labels: { mount: '/' } },
    ],
  );
});
