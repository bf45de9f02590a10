// Pressure (PSI) as shares of the tick, and the kernel's tables: file descriptions and connections.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPressureCollector } from '../../src/daemons/agent/collectors/pressure.ts';
import { createRootTree } from './root-tree.ts';

const psi = (some: number, full = 0) =>
  `some avg10=95.69 avg60=94.50 avg300=95.07 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`;

test('pressure is the growth of the total over the tick, of each resource by itself', async (t) => {
  const root = createRootTree(t, {
    'proc/pressure/cpu': psi(1_000_000),
    'proc/pressure/memory': psi(5),
    'proc/pressure/io': 'some avg10=0.00 avg60=0.00 avg300=0.00 total=21072339833\n',
  });
  const host = await root.read();
  assert.deepEqual((await host.take()).labels('pressure.cpu'), []);
  root.write({ 'proc/pressure/cpu': psi(31_000_000, 60e6), 'proc/pressure/io': psi(21_072_339_833 + 70e6) });
  const seen = await host.take();
  assert.equal(seen.value('pressure.cpu'), 50);
  assert.equal(seen.value('pressure.memory'), 0);
  assert.equal(seen.value('pressure.io'), 100, 'no share is over 100');
});

test('one that is broken or gone costs itself alone and comes back; a total that fell gives none', async (t) => {
  const root = createRootTree(t, { 'proc/pressure/cpu': psi(50e6), 'proc/pressure/io': 'some nonsense\n' });
  const host = await root.read();
  const first = await host.take();
  assert.ok(first.hasFailed(/pressure\.io: it has no line "some" with a total/));
  root.write({ 'proc/pressure/cpu': psi(10e6), 'proc/pressure/io': psi(0) });
  const fell = await host.take();
  assert.equal(fell.value('pressure.cpu'), undefined);
  assert.ok(fell.isLeftOut(/pressure\.cpu: its total fell/));
  root.write({ 'proc/pressure/cpu': psi(16e6), 'proc/pressure/io': psi(6e6) });
  const back = await host.take();
  assert.deepEqual([back.value('pressure.cpu'), back.value('pressure.io')], [10, 10]);
  root.remove('proc/pressure');
  const gone = await host.take();
  assert.equal(gone.value('pressure.cpu'), undefined);
  assert.ok(!gone.isLeftOut(/pressure/), 'a kernel without it is none that is broken');
  root.write({ 'proc/pressure/cpu': psi(90e6) });
  assert.equal((await host.take()).value('pressure.cpu'), undefined, 'nothing to compare with');
});

test('in a container it is that of its cgroup, and never the machine’s', async (t) => {
  const root = createRootTree(t, {
    '.dockerenv': '',
    'proc/pressure/cpu': psi(0),
    'proc/pressure/io': psi(0),
    'sys/fs/cgroup/cpu.pressure': psi(0),
  });
  const host = await root.read();
  await host.take();
  root.write({ 'proc/pressure/cpu': psi(60e6), 'sys/fs/cgroup/cpu.pressure': psi(6e6) });
  const seen = await host.take();
  assert.equal(seen.value('pressure.cpu'), 10);
  assert.equal(seen.value('pressure.io'), undefined);
});

test('a kernel that has it and does not measure it is said with the remedy', () => {
  const off = () => {
    throw Object.assign(new Error('not supported'), { code: 'EOPNOTSUPP' });
  };
  const file = { text: off, textIfThere: off, close() {} };
  const said: string[] = [];
  createPressureCollector({ cpu: file, memory: file, io: file }).collect({
    number: 1,
    atMs: 0,
    add: () => assert.fail(),
    omit: (what: string, why: string) => void said.push(`${what}: ${why}`),
  } as never);
  assert.deepEqual(said[0], 'pressure.cpu: the kernel does not measure it (boot with psi=1)');
});

test('open descriptions and tracked connections, with their share of the limit', async (t) => {
  const root = createRootTree(t, {
    'proc/sys/fs/file-nr': '2500\t500\t8000\n',
    'proc/sys/net/netfilter/nf_conntrack_count': '65536\n',
    'proc/sys/net/netfilter/nf_conntrack_max': '262144\n',
  });
  const host = await root.read();
  const seen = await host.take();
  assert.deepEqual([seen.value('fds.open'), seen.value('fds.usage')], [2_000, 25]);
  assert.deepEqual([seen.value('conntrack.entries'), seen.value('conntrack.usage')], [65_536, 25]);
  root.write({
    'proc/sys/fs/file-nr': '2466\t0\t9223372036854775807\n',
    'proc/sys/net/netfilter/nf_conntrack_max': '0\n',
  });
  const unlimited = await host.take();
  assert.deepEqual([unlimited.value('fds.open'), unlimited.value('fds.usage')], [2_466, 0]);
  assert.equal(unlimited.value('conntrack.entries'), 65_536);
  assert.equal(unlimited.value('conntrack.usage'), undefined);
  assert.ok(unlimited.isLeftOut(/conntrack\.usage: nf_conntrack_max is not a number above 0/));
});

test('a broken file-nr costs no connections; what is not there is no series and no complaint', async (t) => {
  const root = createRootTree(t, {
    'proc/sys/fs/file-nr': 'many\n',
    'proc/sys/net/netfilter/nf_conntrack_count': '1\n',
    'proc/sys/net/netfilter/nf_conntrack_max': '100\n',
  });
  const host = await root.read();
  const seen = await host.take();
  assert.equal(seen.value('conntrack.usage'), 1);
  assert.ok(seen.hasFailed(/fds: file-nr does not begin with two numbers/));
  root.remove('proc/sys/fs/file-nr', 'proc/sys/net');
  const without = await host.take();
  assert.ok(!without.isLeftOut(/fds|conntrack/));
  assert.deepEqual(without.failed, []);
});
