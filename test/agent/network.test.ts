// Interfaces: names in every shape, counters that wrap or start again, interfaces that come and go.
import assert from 'node:assert/strict';
import { renameSync } from 'node:fs';
import { test } from 'node:test';
import { createRootTree, netDev, netLine } from './root-tree.ts';

const METRICS = ['net.received', 'net.sent', 'net.errors', 'net.drops'] as const;

test('a long counter glued to its colon, aliases with colons, dots and percent signs all parse', async (t) => {
  const before = [
    netLine('  eth1: ', 1_000, 1_000),
    netLine('eth1.20: ', 500, 500),
    netLine('team0:2:', 0, 0),
    netLine(' team0: ', 40, 0),
    netLine('wan%d: ', 0, 0),
    netLine('enx00:', 600, 0),
  ];
  const root = createRootTree(t, { 'proc/net/dev': netDev(...before) });
  const host = await root.read();
  await host.take();
  const after = [
    // The order changes from reading to reading.
    netLine('eth1.20: ', 6_500, 3_500),
    'eth1:9000001000 10 6 60 0 0 0 0 601000 10 6 120 0 0 0 0',
    netLine('team0:2:', 0, 0),
    netLine(' team0:', 100, 6),
    netLine('wan%d: ', 0, 0),
    netLine('enx00:', 1_200, 0),
  ];
  root.write({ 'proc/net/dev': netDev(...after) });
  const seen = await host.take();
  assert.deepEqual(seen.labels('net.received'), ['enx00', 'eth1', 'eth1.20', 'team0', 'wan%d']);
  assert.deepEqual(
    METRICS.map((metric) => seen.value(metric, 'eth1')),
    [150_000_000, 10_000, 0.2, 3],
  );
  assert.equal(seen.value('net.received', 'eth1.20'), 100);
  assert.equal(seen.value('net.received', 'team0'), 1);
  assert.equal(seen.value('net.sent', 'team0'), 0.1);
  assert.equal(seen.value('net.received', 'enx00'), 10);
});

test('two thousand virtual interfaces, over many pages, are left out by one pattern and hide none of the real ones', async (t) => {
  const crowd = Array.from({ length: 2_000 }, (_, i) => netLine(`veth${i.toString(16)}: `, 9, 9));
  const lines = (received: number) => netDev(netLine('lo: ', 1, 1), ...crowd, netLine('eth0: ', received, 0));
  const root = createRootTree(t, { 'proc/net/dev': lines(0) });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': lines(6_000) });
  const seen = await host.take();
  assert.deepEqual(seen.labels('net.received'), ['eth0']);
  assert.equal(seen.value('net.received', 'eth0'), 100);
  assert.equal(seen.omitted.filter(({ what }) => what === 'interfaces veth*').length, 1);
});

test('include brings a default back, exclude takes away, and exclude wins', async (t) => {
  const root = createRootTree(t, {
    'proc/net/dev': netDev(netLine('lo: ', 1, 1), netLine('eth0: ', 1, 1), netLine('eth1: ', 1, 1)),
  });
  const host = await root.read({ interfaces: { include: ['lo', 'eth1'], exclude: ['eth1'] } });
  await host.take();
  assert.deepEqual((await host.take()).labels('net.sent'), ['eth0', 'lo']);
});

test('a counter that falls gives no sample of its interface, and rates again from the next tick on', async (t) => {
  const root = createRootTree(t, { 'proc/net/dev': netDev(netLine('eth0: ', 4_294_960_000, 1_000)) });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': netDev(netLine('eth0: ', 52_704, 61_000)) });
  const fallen = await host.take();
  for (const metric of METRICS) assert.equal(fallen.value(metric, 'eth0'), undefined);
  assert.ok(fallen.isLeftOut(/^interface eth0: its counters fell/));
  root.write({ 'proc/net/dev': netDev(netLine('eth0: ', 112_704, 121_000)) });
  const next = await host.take();
  assert.equal(next.value('net.received', 'eth0'), 1_000);
  assert.equal(next.value('net.sent', 'eth0'), 1_000);
});

test('an interface born again under the same name gives no sample, even with higher counters', async (t) => {
  const root = createRootTree(t, {
    'proc/net/dev': netDev(netLine('ppp0: ', 1_000, 1_000)),
    'sys/class/net/ppp0/ifindex': '5\n',
  });
  const host = await root.read();
  await host.take();
  root.write({
    'proc/net/dev': netDev(netLine('ppp0: ', 900_000, 900_000)),
    'sys/class/net/ppp0/ifindex': '9\n',
  });
  assert.deepEqual((await host.take()).labels('net.received'), []);
  root.write({ 'proc/net/dev': netDev(netLine('ppp0: ', 906_000, 900_000)) });
  assert.equal((await host.take()).value('net.received', 'ppp0'), 100);
});

test('an interface that appears, vanishes and comes back starts with a first reading each time', async (t) => {
  const root = createRootTree(t, { 'proc/net/dev': netDev(netLine('eth0: ', 0, 0)) });
  const host = await root.read();
  await host.take();
  const rounds = [
    { usb: 5_000_000, expected: undefined },
    { usb: 5_600_000, expected: 10_000 },
    { usb: undefined, expected: undefined },
    { usb: 5_900_000, expected: undefined },
    { usb: 5_906_000, expected: 100 },
  ];
  for (const [i, { usb, expected }] of rounds.entries()) {
    const lines = [netLine('eth0: ', (i + 1) * 6_000, 0)];
    if (usb !== undefined) lines.push(netLine('usb0: ', usb, 0));
    root.write({ 'proc/net/dev': netDev(...lines) });
    const seen = await host.take();
    assert.equal(seen.value('net.received', 'usb0'), expected, `round ${i}`);
    assert.equal(seen.value('net.received', 'eth0'), 100);
  }
});

test('a renamed interface is a first reading under its new name', async (t) => {
  const root = createRootTree(t, { 'proc/net/dev': netDev(netLine('eth0: ', 100, 100)) });
  const host = await root.read();
  await host.take();
  renameSync(root.path('sys/class/net/eth0'), root.path('sys/class/net/wan0'));
  root.write({ 'proc/net/dev': netDev(netLine('wan0: ', 99_000, 99_000)) });
  assert.deepEqual((await host.take()).labels('net.received'), []);
  assert.deepEqual((await host.take()).labels('net.received'), ['wan0']);
});

test('counters past 2^53 keep their small growth', async (t) => {
  const root = createRootTree(t, { 'proc/net/dev': netDev(netLine('eth0:', '18446744073709550000', 0)) });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': netDev(netLine('eth0:', '18446744073709550600', 0)) });
  assert.equal((await host.take()).value('net.received', 'eth0'), 10);
});

test('one odd line is named and the others are read', async (t) => {
  const lines = (eth0: number) =>
    netDev('odd0: 1 2 3', 'odd1: -5 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0', netLine('eth0: ', eth0, 0));
  const root = createRootTree(t, { 'proc/net/dev': lines(0) });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': lines(60) });
  const seen = await host.take();
  assert.deepEqual(seen.labels('net.received'), ['eth0']);
  assert.ok(seen.isLeftOut(/^interface odd0/) && seen.isLeftOut(/^interface odd1/));
});

test("below a prefix the interfaces of pid 1 are the host's, not those of whoever reads", async (t) => {
  const root = createRootTree(t, { 'proc/1/net/dev': netDev(netLine('bond0: ', 1, 1)) });
  const host = await root.read();
  await host.take();
  assert.deepEqual((await host.take()).labels('net.sent'), ['bond0']);
});
