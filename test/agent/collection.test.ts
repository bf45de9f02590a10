// A round over all collectors: reboots, suspended machines, uptime, failures, hanging collectors, the limit of a tick.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCollection } from '../../src/daemons/agent/collection.ts';
import type { Collector } from '../../src/daemons/agent/collectors/collector.ts';
import { createSeriesShare } from '../../src/daemons/agent/series-share.ts';
import { metricKind } from '../../src/domain/metric-kinds.ts';
import { LIMITS, seriesError, valueError } from '../../src/domain/tick.ts';
import { createRootTree, netDev, netLine, QUIET_HOST } from './root-tree.ts';

const LATER = {
  'proc/stat':
    'cpu  2000 0 500 9000 100 0 0 0\ncpu0 1000 0 250 4500 50 0 0 0\ncpu1 1000 0 250 4500 50 0 0 0\nprocs_blocked 0\n',
  'proc/diskstats': '   8       0 sda 10 0 2200 0 10 0 2000 0 0 300 0\n',
  'proc/net/dev': netDev(netLine('  eth0: ', 65_000, 7_000)),
};

test('a quiet host gives every metric of the table but the two that need swap and an answer of report', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  root.write(LATER);
  const seen = await host.take();
  const metrics = new Set(seen.samples.map((one) => one.metric));
  for (const sample of seen.samples) {
    assert.ok(metricKind(sample.metric), sample.metric);
    assert.equal(seriesError(sample.metric, sample.labels) ?? valueError(sample.value), undefined);
    assert.deepEqual(
      Object.keys(sample.labels),
      [metricKind(sample.metric)!.label].filter((label) => label),
    );
  }
  assert.equal(metrics.size, 22);
  assert.deepEqual(seen.failed, []);
  assert.equal(seen.value('cpu.usage'), 50);
  assert.equal(seen.value('net.received', 'eth0'), 1_000);
  assert.equal(seen.value('disk.read', 'sda'), 10_240);
  assert.deepEqual(
    ['load.1', 'load.5', 'load.15', 'load.per_core'].map((metric) => seen.value(metric)),
    [0.25, 0.5, 0.75, 0.38],
  );
});

test('a reboot shows in the boot id and costs every rate one tick, though all counters are higher', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  root.write({ ...LATER, 'proc/sys/kernel/random/boot_id': '22222222-0000-4000-8000-000000000002\n' });
  const seen = await host.take();
  assert.equal(seen.bootId, '22222222-0000-4000-8000-000000000002');
  for (const metric of ['cpu.usage', 'net.received', 'disk.read'])
    assert.deepEqual(
      seen.samples.filter((one) => one.metric === metric),
      [],
    );
  assert.equal(seen.value('mem.usage'), 40);
  root.write({ 'proc/net/dev': netDev(netLine('  eth0: ', 71_000, 7_000)) });
  assert.equal((await host.take()).value('net.received', 'eth0'), 100);
});

test('a boot time that wanders with the clock is no reboot, and uptime is what /proc/uptime says', async (t) => {
  const root = createRootTree(t, {
    'proc/uptime': '359.00 1.00\n',
    'proc/stat': `${QUIET_HOST['proc/stat']}btime 1795000000\n`,
  });
  const host = await root.read();
  assert.equal((await host.take()).value('uptime'), 359);
  root.write({ 'proc/uptime': '419.00 1.00\n', 'proc/stat': `${LATER['proc/stat']}btime 1795000001\n` });
  const seen = await host.take();
  assert.equal(seen.value('uptime'), 419);
  assert.equal(seen.value('cpu.usage'), 50);
});

test('counters of a machine that slept are divided by the time that really passed', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  // The process's own clock saw a minute, the host's uptime an hour.
  root.write({ ...LATER, 'proc/uptime': '90000.50 1.00\n' });
  const seen = await host.take();
  assert.equal(seen.value('net.received', 'eth0'), 16.667);
});

test('an uptime that leaps by more than a machine can sleep is no time, and no sample where it cannot be true', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  root.write({ ...LATER, 'proc/uptime': '9223372036.50 1.00\n' });
  const seen = await host.take();
  assert.equal(seen.value('net.received', 'eth0'), 1_000);
  assert.equal(seen.value('uptime'), undefined);
  assert.ok(seen.hasFailed(/^uptime/));
});

test('an uptime that leaps by more than a machine can sleep divides no rate', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  root.write({ ...LATER, 'proc/uptime': '3542400.50 1.00\n' });
  assert.equal((await host.take()).value('net.received', 'eth0'), 1_000);
});

test('two readings that are too near each other give no rate and do not spoil the next one', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': netDev(netLine('  eth0: ', 5_900, 7_000)) });
  assert.deepEqual((await host.take(50)).labels('net.received'), []);
  root.write(LATER);
  assert.equal((await host.take(59_950)).value('net.received', 'eth0'), 1_000);
});

test('files that vanish fail their collector by name, and it goes on when they are back', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  root.remove('proc/loadavg', 'proc/net/dev', 'proc/diskstats', 'proc/uptime');
  const seen = await host.take();
  assert.deepEqual(
    seen.failed.map((one) => one.what),
    ['load', 'uptime', 'network', 'disk io'],
  );
  assert.equal(seen.value('mem.usage'), 40);
  root.write(QUIET_HOST);
  assert.deepEqual((await host.take()).failed, []);
});

test('a process list that hides other users is left out, not counted as one process', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  assert.equal((await host.take()).value('procs.total'), 1);
  root.write({ 'proc/17/stat': '', 'proc/4242/stat': '' });
  assert.equal((await host.take()).value('procs.total'), 3);
  root.write({ 'proc/mounts': '/dev/sda1 / ext4 rw 0 0\n' });
  root.remove('proc/1');
  const hidden = await host.take();
  assert.equal(hidden.value('procs.total'), undefined);
  assert.ok(hidden.isLeftOut(/^procs\.total/));
});

test('over the limit of a tick whole interfaces are left out, by name, and no other kind suffers', async (t) => {
  const names = Array.from({ length: 300 }, (_, i) => `eth${i}`);
  const lines = (count: number) => netDev(...names.slice(0, count).map((name) => netLine(`${name}: `, 1, 1)));
  const root = createRootTree(t, { 'proc/net/dev': lines(300) });
  const host = await root.read();
  await host.take();
  root.write({ ...LATER, 'proc/net/dev': lines(300) });
  const seen = await host.take();
  assert.ok(seen.samples.length < LIMITS.seriesPerTick);
  assert.ok(seen.samples.length > LIMITS.seriesPerTick - 10);
  assert.equal(seen.value('cpu.usage'), 50);
  assert.equal(seen.value('disk.read', 'sda'), 10_240);
  assert.equal(seen.labels('disk.usage').length, 1);
  for (const metric of ['net.sent', 'net.errors', 'net.drops'])
    assert.deepEqual(seen.labels(metric), seen.labels('net.received'));
  assert.ok(
    seen.isLeftOut(/^7\d\d series over the limit of 500 a tick: of interface eth\d+, .* others; exclude/),
  );
  // In another order the same ones stay.
  root.write({ 'proc/net/dev': netDev(...names.toReversed().map((name) => netLine(`${name}: `, 1, 1))) });
  const next = new Set((await host.take()).labels('net.sent'));
  assert.ok(seen.labels('net.sent').every((name) => next.has(name)));
});

test('over the limit who was sampled stays, whoever comes and stands before it', () => {
  const share = createSeriesShare();
  const take = (names: string) => {
    const all = [...names].map((mount) => ({ metric: 'disk.free', labels: { mount }, value: 1 }));
    return share([all], 2)
      .samples.map(({ labels }) => labels['mount'])
      .join('');
  };
  assert.equal(take('bcd'), 'bc');
  assert.equal(take('abcd'), 'bc');
  assert.equal(take('abd'), 'ba');
});

test('two kinds over the limit share it, and what one does not need the other gets', () => {
  const series = (label: string, count: number) =>
    Array.from({ length: count }, (_, i) => [
      { metric: 'disk.read', labels: { [label]: `${i}` }, value: 1 },
      { metric: 'disk.written', labels: { [label]: `${i}` }, value: 1 },
    ]).flat();
  const countsOf = (all: readonly (readonly object[])[]) => {
    const { samples } = createSeriesShare()(all as never, 100);
    return ['device', 'mount', 'interface'].map(
      (label) => samples.filter((one) => label in one.labels).length,
    );
  };
  assert.deepEqual(
    countsOf([series('device', 100), series('mount', 100), series('interface', 5)]),
    [44, 44, 10],
  );
  assert.deepEqual(countsOf([series('device', 45), series('mount', 1), series('interface', 5)]), [88, 2, 10]);
  assert.deepEqual(countsOf([series('device', 44), series('mount', 1), series('interface', 5)]), [88, 2, 10]);
});

const collector = (name: string, collect: Collector['collect']): Collector => ({
  name,
  collect,
  forget() {},
  close() {},
});

function collectionOf(collectors: readonly Collector[]) {
  const readers = { collectors, readBootId: () => undefined, readUptimeMs: () => undefined, close() {} };
  return createCollection({ readers, monotonicMs: () => 0, boundMs: 20 });
}

test('a collector that hangs is named, left alone while it hangs, and its late samples are in no tick', async () => {
  let calls = 0;
  let finish = () => {};
  const hanging = collector('hanging', async (round) => {
    calls += 1;
    await new Promise<void>((resolve) => {
      finish = resolve;
    });
    round.add('load.1', 99);
  });
  const collection = collectionOf([hanging, collector('good', (round) => round.add('load.5', 1))]);
  const first = await collection.take();
  assert.deepEqual(
    first.samples.map((one) => one.metric),
    ['load.5'],
  );
  assert.match(first.failed[0]!.why, /timed out after 20 ms/);
  const second = await collection.take();
  assert.match(second.failed[0]!.why, /still hanging/);
  assert.equal(calls, 1);
  finish();
  await new Promise(setImmediate);
  assert.deepEqual(first.samples.length + second.samples.length, 2);
  const third = collection.take();
  finish();
  assert.deepEqual(
    (await third).samples.map((one) => one.metric),
    ['load.1', 'load.5'],
  );
});

test('a collector that throws half way is named and what it said before stands', async () => {
  const half = collector('half', (round) => {
    round.add('load.1', 1);
    round.add('load.5', Number.NaN);
    throw new Error('the rest is unreadable');
  });
  const seen = await collectionOf([half]).take();
  assert.deepEqual(seen.samples, [{ metric: 'load.1', labels: {}, value: 1 }]);
  assert.deepEqual(seen.failed, [{ what: 'half', why: 'the rest is unreadable', collector: 'half' }]);
  assert.deepEqual(seen.omitted, [{ what: 'load.5', why: 'its value is NaN' }]);
});
