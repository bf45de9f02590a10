// Interfaces: names in every shape, counters that wrap or start again, interfaces that come and go.
import assert from 'node:assert/strict';
import { mkdirSync, renameSync } from 'node:fs';
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
  assert.ok(seen.hasFailed(/^interface odd0/) && seen.hasFailed(/^interface odd1/));
});

test("below a prefix the interfaces of pid 1 are the host's, not those of whoever reads", async (t) => {
  const root = createRootTree(t, { 'proc/1/net/dev': netDev(netLine('bond0: ', 1, 1)) });
  const host = await root.read();
  await host.take();
  assert.deepEqual((await host.take()).labels('net.sent'), ['bond0']);
});

test('counters that read zero once, or twice, give no rate on the way down and none on the way back', async (t) => {
  const row = (bytes: number) => netDev(netLine('eth0: ', bytes, bytes));
  const none = netDev('eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0');
  for (const zeros of [1, 2, 3]) {
    const root = createRootTree(t, { 'proc/net/dev': row(500_000_000_000) });
    const host = await root.read();
    await host.take();
    for (let i = 0; i < zeros; i++) {
      root.write({ 'proc/net/dev': none });
      const seen = await host.take();
      for (const metric of METRICS) assert.equal(seen.value(metric, 'eth0'), undefined);
      assert.ok(seen.isLeftOut(/^interface eth0: its counters fell/));
    }
    root.write({ 'proc/net/dev': row(500_000_060_000) });
    const back = await host.take();
    assert.equal(back.value('net.received', 'eth0'), undefined);
    assert.ok(back.isLeftOut(/^interface eth0: its counters came back/));
    root.write({ 'proc/net/dev': row(500_000_120_000) });
    assert.equal((await host.take()).value('net.received', 'eth0'), 1_000);
  }
});

test('counters that grew on at a low level and leap back to where they were give no rate', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  const received = [];
  for (const bytes of [9e11, 6_000, 12_000, 18_000, 9e11, 9e11 + 60_000]) {
    root.write({ 'proc/net/dev': netDev(netLine('eth0: ', bytes, bytes)) });
    received.push((await host.take()).value('net.received', 'eth0'));
  }
  assert.deepEqual(received, [undefined, undefined, 100, 100, undefined, 1_000]);
});

test('a reset device that grows past its old counters step by step keeps its rates', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  const received = [];
  for (const bytes of [20_000, 100, 6_100, 12_100, 18_100, 24_100]) {
    root.write({ 'proc/net/dev': netDev(netLine('eth0: ', bytes, bytes)) });
    received.push((await host.take()).value('net.received', 'eth0'));
  }
  assert.deepEqual(received, [undefined, undefined, 100, 100, 100, 100]);
});

test('a leap that no interface can count gives no rate, whether it stays or not', async (t) => {
  const received = async (readings: readonly number[]) => {
    const root = createRootTree(t);
    const host = await root.read();
    const rates = [];
    for (const bytes of readings) {
      root.write({ 'proc/net/dev': netDev(netLine('eth0: ', bytes, bytes)) });
      rates.push((await host.take()).value('net.received', 'eth0'));
    }
    return rates.slice(1);
  };
  assert.deepEqual(await received([6_000, 9e15, 18_000, 24_000]), [undefined, undefined, 100]);
  assert.deepEqual(await received([6_000, 9e14, 9e14 + 6_000]), [undefined, 100]);
  assert.deepEqual(await received([6_000, 1.1e13]), [183_333_333_233.333]);
  // From nothing at all, which may be a first reading that failed, less is believed.
  const root = createRootTree(t, { 'proc/net/dev': netDev('eth0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0') });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': netDev(netLine('eth0: ', 3e11, 3e11)) });
  assert.equal((await host.take()).value('net.received', 'eth0'), undefined);
  root.write({ 'proc/net/dev': netDev(netLine('eth0: ', 3e11 + 6_000, 3e11)) });
  assert.equal((await host.take()).value('net.received', 'eth0'), 100);
});

test('errors and drops that fall or cannot be read cost themselves alone', async (t) => {
  const row = (bytes: number, errors: number | string, drops: number | string) =>
    netDev(`eth0: ${bytes} 10 ${errors} ${drops} 0 0 0 0 ${bytes} 10 0 0 0 0 0 0`);
  const root = createRootTree(t, { 'proc/net/dev': row(0, 900, 5) });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/net/dev': row(6_000, 0, '-') });
  const seen = await host.take();
  assert.deepEqual(
    METRICS.map((metric) => seen.value(metric, 'eth0')),
    [100, 100, undefined, undefined],
  );
  assert.ok(seen.isLeftOut(/^net\.errors of interface eth0: its counters fell/));
  assert.ok(seen.hasFailed(/^interface eth0: .*cannot be parsed completely/));
  root.write({ 'proc/net/dev': row(12_000, 0, 5) });
  assert.equal((await host.take()).value('net.errors', 'eth0'), 0);
});

test('an interface whose number cannot be read is the same one', async (t) => {
  const root = createRootTree(t, { 'proc/net/dev': netDev(netLine('eth0: ', 0, 0)) });
  const host = await root.read();
  await host.take();
  root.remove('sys/class/net/eth0/ifindex');
  mkdirSync(root.path('sys/class/net/eth0/ifindex'));
  for (const bytes of [6_000, 12_000]) {
    root.write({ 'proc/net/dev': netDev(netLine('eth0: ', bytes, 0)) });
    assert.equal((await host.take()).value('net.received', 'eth0'), 100);
  }
  root.remove('sys/class/net/eth0/ifindex');
  root.write({ 'sys/class/net/eth0/ifindex': '77\n' });
  assert.equal((await host.take()).value('net.received', 'eth0'), undefined);
});

test('names of other bytes than UTF-8 are different interfaces', async (t) => {
  const text = Buffer.from(
    netDev(netLine('x\xff: ', 0, 0), netLine('x\xfe: ', 0, 0), netLine('eth0: ', 0, 0)),
    'latin1',
  );
  const root = createRootTree(t, { 'proc/net/dev': text });
  const host = await root.read();
  await host.take();
  assert.deepEqual((await host.take()).labels('net.sent'), ['eth0', 'x\\xfe', 'x\\xff']);
});

test("the interfaces of another namespace are never taken for the host's, and said where there are no others", async (t) => {
  const root = createRootTree(t, { 'proc/1/net/dev': netDev(netLine('eth0: ', 1, 1)) });
  const host = await root.read();
  await host.take();
  root.remove('proc/1/net/dev');
  const gone = await host.take();
  assert.deepEqual(gone.labels('net.sent'), []);
  assert.ok(gone.hasFailed(/^network: /));
  root.write({ 'proc/1/net/dev': netDev(netLine('eth0: ', 6_001, 1)) });
  assert.equal((await host.take()).value('net.received', 'eth0'), 50);
  const own = createRootTree(t);
  assert.ok((await (await own.read()).take()).isLeftOut(/^the host's interfaces: pid 1 shows none/));
});
