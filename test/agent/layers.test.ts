// One figure of many series: which devices and interfaces are physical, by what sysfs says of their layers.
import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync } from 'node:fs';
import { test } from 'node:test';
import { physicalDevices, physicalInterfaces } from '../../src/daemons/agent/collectors/layers.ts';
import { createRootTree, type Ending, netDev, netLine } from './root-tree.ts';

type Layers = Readonly<Record<string, readonly string[]>>;

/** Paths below each name: `lower_eth0`, `device`, or `master -> bond0`. */
function sysfs(t: Ending, classPath: string, layers: Layers): string {
  const root = createRootTree(t);
  for (const [name, paths] of Object.entries(layers)) {
    mkdirSync(root.path(classPath, name), { recursive: true });
    for (const path of paths) {
      const [from = '', to] = path.split(' -> ');
      if (to === undefined) mkdirSync(root.path(classPath, name, from), { recursive: true });
      else symlinkSync(`../${to}`, root.path(classPath, name, from));
    }
  }
  return root.path(classPath);
}

const interfaces = (t: Ending, layers: Layers, names = Object.keys(layers)) =>
  physicalInterfaces(sysfs(t, 'sys/class/net', layers), names);
const devices = (t: Ending, layers: Layers, names = Object.keys(layers)) =>
  physicalDevices(sysfs(t, 'sys/block', layers), names);

const SERVER: Layers = {
  eth0: ['device', 'master -> bond0'],
  eth1: ['device', 'master -> bond0'],
  bond0: ['bonding', 'lower_eth0', 'lower_eth1', 'master -> br0'],
  'bond0.100': ['lower_bond0'],
  br0: ['bridge', 'lower_bond0', 'lower_vnet0'],
  vnet0: ['tun_flags', 'master -> br0'],
  wg0: [],
  'br-9f': ['bridge', 'lower_vethx'],
};

test('a bond, a VLAN, a bridge, taps and tunnels carry what the cards carry', (t) => {
  assert.deepEqual(interfaces(t, SERVER), ['eth0', 'eth1']);
});

test('what lies on cards that are not sampled stands for them; on containers it does not', (t) => {
  const names = ['bond0', 'br0', 'vnet0', 'br-9f'];
  assert.deepEqual(interfaces(t, SERVER, names), ['bond0']);
  assert.deepEqual(interfaces(t, SERVER, ['br0', 'br-9f']), ['br0']);
});

test('without drivers, as in a container, what has nothing below counts', (t) => {
  assert.deepEqual(interfaces(t, { eth0: [], 'eth0.5': ['lower_eth0'], tun0: [] }), ['eth0']);
  assert.deepEqual(interfaces(t, { wg0: [], tun0: [] }), ['wg0', 'tun0']);
  // Without sysfs the name of a VLAN says it.
  assert.deepEqual(physicalInterfaces('/no such/sys', ['eth4', 'eth4.100', 'bond0']), ['eth4', 'bond0']);
});

test('a switch counts on the port to its processor, a virtual card with a fast path for that path too', (t) => {
  const wired: Layers = { eth0: ['device'], lan1: ['device', 'lower_eth0'], lan2: ['device', 'lower_eth0'] };
  assert.deepEqual(interfaces(t, wired), ['eth0']);
  const azure: Layers = { eth0: ['device', 'lower_enP1'], enP1: ['device', 'master -> eth0'] };
  assert.deepEqual(interfaces(t, azure), ['eth0']);
});

test('before Linux 3.9 the ports of bridges and bonds say it', (t) => {
  const old: Layers = { eth0: ['device'], br0: ['bridge', 'brif/eth0'], bond0: ['bonding'] };
  assert.deepEqual(interfaces(t, old), ['eth0']);
});

test('arrays, crypt and volumes lie on disks, whatever their depth; disks of a network count', (t) => {
  const layers: Layers = {
    sda: ['device'],
    sdb: ['device'],
    md0: ['slaves/sda2', 'slaves/sdb2'],
    'dm-0': ['slaves/md0'],
    'dm-1': ['slaves/dm-0'],
    'dm-2': ['slaves/nvme0n1p3'],
    nvme0n1: ['device'],
    zd0: [],
    drbd0: [],
    rbd0: [],
    bcache0: ['slaves/sda3'],
    'cciss!c0d0': ['device'],
  };
  const names = Object.keys(layers).map((name) => name.replace('!', '/'));
  const disks = ['sda', 'sdb', 'nvme0n1', 'rbd0', 'cciss/c0d0'];
  assert.deepEqual(devices(t, layers, names), disks);
  // With the disks left out by a filter the array stands for them, once.
  assert.deepEqual(devices(t, layers, ['md0', 'dm-0', 'dm-1', 'zd0']), ['md0']);
  assert.deepEqual(devices(t, layers, ['dm-1', 'zd0']), ['dm-1']);
});

test('layers that form a ring are read once', (t) => {
  assert.deepEqual(interfaces(t, { a: ['lower_b'], b: ['lower_a'] }), []);
});

test("what is physical is among a host's facts, by the labels of its series, and follows them", async (t) => {
  const root = createRootTree(t, {
    'proc/net/dev': netDev(netLine('eth0: ', 1, 1), netLine('br0: ', 1, 1), netLine('lo: ', 1, 1)),
    'sys/class/net/br0/lower_eth0/ifindex': '2\n',
  });
  const host = await root.read();
  await host.take();
  assert.deepEqual(host.physical(), { device: ['sda'], interface: ['eth0'] });
  root.write({ 'proc/net/dev': netDev(netLine('br0: ', 1, 1)) });
  await host.take();
  assert.deepEqual(host.physical()?.interface, ['br0']);
});
