// Block devices: columns by kernel, sectors, partitions, names, resets.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPartition } from '../../src/daemons/agent/collectors/disk-io.ts';
import { createRootTree, type Ending, type Files } from './root-tree.ts';

type Work = { readonly read: number; readonly written: number; readonly busy: number };
const IDLE: Work = { read: 0, written: 0, busy: 0 };

/** A line with `more` columns after the fourteen that every kernel since 2.6.25 writes. */
const line = (name: string, work: Work, more = 0): string =>
  `   8       0 ${name} 5 1 ${1_000 + work.read} 2 5 1 ${1_000 + work.written} 2 0 ${1_000 + work.busy} 9${' 0'.repeat(more)}`;

const stats = (lines: readonly string[]): Files => ({ 'proc/diskstats': `${lines.join('\n')}\n` });

async function between(
  t: Ending,
  readings: { before: readonly string[]; after: readonly string[]; files?: Files },
) {
  const root = createRootTree(t, { ...readings.files, ...stats(readings.before) });
  const host = await root.read();
  await host.take();
  root.write(stats(readings.after));
  return host.take();
}

test('14, 18, 20 columns and those of kernels to come are read alike, in sectors of 512 bytes', async (t) => {
  const work = { read: 1_200, written: 2_400, busy: 15_000 };
  const devices = [
    ['sdb', 0],
    ['dm-0', 4],
    ['nvme0n1', 6],
    ['md0', 12],
    ['cciss/c0d0', 0],
  ] as const;
  const blocks = {
    'sys/block/cciss!c0d0/size': '9\n',
    'sys/block/nvme0n1/queue/logical_block_size': '4096\n',
  };
  const seen = await between(t, {
    before: devices.map(([name, more]) => line(name, IDLE, more)),
    after: devices.map(([name, more]) => line(name, work, more)),
    files: blocks,
  });
  assert.equal(seen.labels('disk.read').length, devices.length);
  for (const [name] of devices) {
    assert.equal(seen.value('disk.read', name), 10_240, name);
    assert.equal(seen.value('disk.written', name), 20_480, name);
    assert.equal(seen.value('disk.busy', name), 25, name);
  }
});

test('partitions are told by sysfs and by their disk, not by a trailing digit', async (t) => {
  const names = [
    'sda',
    'sda1',
    'nvme0n1',
    'nvme0n1p1',
    'mmcblk0',
    'mmcblk0p2',
    'mmcblk0boot0',
    'dm-1',
    'dm-10',
    'md127',
  ];
  const whole = ['sda', 'nvme0n1', 'mmcblk0', 'mmcblk0boot0', 'dm-1', 'dm-10', 'md127'];
  const files = Object.fromEntries(whole.map((name) => [`sys/block/${name}/size`, '1\n']));
  const lines = names.map((name) => line(name, IDLE));
  const seen = await between(t, { before: lines, after: lines, files });
  assert.deepEqual(seen.labels('disk.read'), [...whole].sort());
  assert.ok(seen.isLeftOut(/^partitions/));
  // Without sysfs the names alone must do.
  const blind = { whole: new Set<string>(), all: new Set(names) };
  assert.deepEqual(
    names.filter((name) => !isPartition(name, blind)),
    whole,
  );
});

test('a disk that is only a partition to its guest (xvda1 without xvda) is a device', async (t) => {
  const lines = [line('xvda1', IDLE)];
  assert.deepEqual((await between(t, { before: lines, after: lines })).labels('disk.read'), ['xvda1']);
});

test('seven columns are sectors without a busy time; other counts are named and nothing is misread', async (t) => {
  const seen = await between(t, {
    before: ['   8   0 sdc 5 1000 7 2000', '   8   1 odd 1 2 3 4 5', line('sda', IDLE)],
    after: [
      '   8   0 sdc 9 2200 9 4400',
      '   8   1 odd 1 2 3 4 5',
      line('sda', { read: 120, written: 0, busy: 0 }),
    ],
  });
  assert.equal(seen.value('disk.read', 'sdc'), 10_240);
  assert.equal(seen.value('disk.written', 'sdc'), 20_480);
  assert.equal(seen.value('disk.busy', 'sdc'), undefined);
  assert.equal(seen.value('disk.read', 'sda'), 1_024);
  assert.ok(seen.hasFailed(/^device odd/));
});

test('loop and ram devices and hidden NVMe paths are left out unless included', async (t) => {
  const lines = ['loop0', 'ram3', 'zram0', 'nvme0n1', 'nvme0c0n1', 'sda'].map((name) => line(name, IDLE));
  assert.deepEqual((await between(t, { before: lines, after: lines })).labels('disk.busy'), [
    'nvme0n1',
    'sda',
  ]);
  const root = createRootTree(t, stats(lines));
  const host = await root.read({ devices: { include: ['loop*'] } });
  await host.take();
  assert.deepEqual((await host.take()).labels('disk.busy'), ['loop0', 'nvme0n1', 'sda']);
});

test('a device whose counters fell, or that became another one, gives no sample of any kind', async (t) => {
  const work = { read: 6_000, written: 6_000, busy: 600 };
  const fallen = await between(t, {
    before: [line('sda', work)],
    after: [line('sda', { ...work, written: 0, read: 9_000 })],
  });
  assert.deepEqual(fallen.labels('disk.read'), []);
  assert.ok(fallen.isLeftOut(/^device sda: its counters fell/));
  const swapped = await between(t, {
    before: [line('sda', IDLE)],
    after: [line('sda', work).replace('   8 ', '  65 ')],
  });
  assert.deepEqual(swapped.labels('disk.read'), []);
});

test('busy for longer than the time that passed is 100 %', async (t) => {
  const seen = await between(t, {
    before: [line('sda', IDLE)],
    after: [line('sda', { ...IDLE, busy: 60_400 })],
  });
  assert.equal(seen.value('disk.busy', 'sda'), 100);
});

test('a busy time that falls, or is no number, costs disk.busy alone, and comes back by itself', async (t) => {
  const root = createRootTree(t, stats([line('sda', { read: 0, written: 0, busy: 90_000 })]));
  const host = await root.read();
  await host.take();
  const rounds: [number, number | undefined][] = [
    [50_000, undefined],
    [56_000, 10],
    [30_000, undefined],
    [20_000, undefined],
    [26_000, 10],
  ];
  for (const [i, [busy, expected]] of rounds.entries()) {
    root.write(stats([line('sda', { read: 120 * (i + 1), written: 0, busy })]));
    const seen = await host.take();
    assert.equal(seen.value('disk.read', 'sda'), 1_024);
    assert.equal(seen.value('disk.busy', 'sda'), expected, `round ${i}`);
    assert.equal(seen.isLeftOut(/^disk\.busy of device sda: its counters fell/), expected === undefined);
  }
  root.write(stats([line('sda', { read: 720, written: 0, busy: 0 }).replace(' 1000 9', ' -7 9')]));
  const torn = await host.take();
  assert.equal(torn.value('disk.read', 'sda'), 1_024);
  assert.equal(torn.value('disk.busy', 'sda'), undefined);
  assert.ok(torn.hasFailed(/^device sda/));
});

test('a multipath disk that counts nothing has the counters of its paths, and one whose disk is hidden its own', async (t) => {
  const zeros = '   259       1 nvme0n1 0 0 0 0 0 0 0 0 0 0 0';
  const work = { read: 1_200, written: 0, busy: 6_000 };
  const paths = ['nvme0c0n1', 'nvme0c1n1'];
  const readings = {
    before: [
      zeros,
      ...paths.map((name) => line(name, IDLE)),
      line('nvme3n1', IDLE),
      line('nvme3c1n1', IDLE),
      line('nvme7c2n1', IDLE),
    ],
    after: [
      zeros,
      ...paths.map((name) => line(name, work)),
      line('nvme3n1', work),
      line('nvme3c1n1', work),
      line('nvme7c2n1', work),
    ],
  };
  const seen = await between(t, readings);
  assert.deepEqual(seen.labels('disk.read'), ['nvme0n1', 'nvme3n1', 'nvme7c2n1']);
  assert.equal(seen.value('disk.read', 'nvme0n1'), 20_480);
  assert.equal(seen.value('disk.busy', 'nvme0n1'), 20);
  assert.equal(seen.value('disk.read', 'nvme3n1'), 10_240);
  // One path less is no fall, and no growth either.
  const lost = { ...readings, after: [zeros, line('nvme0c0n1', work)] };
  assert.equal((await between(t, lost)).value('disk.read', 'nvme0n1'), undefined);
});

test('a list of disks that cannot be read leaves the partitions to their names, and is named until it can', async (t) => {
  const lines = [line('sda', IDLE), line('sda1', IDLE), line('md0p1', IDLE)];
  const root = createRootTree(t, stats(lines));
  root.remove('sys/block');
  root.write({ 'sys/block': 'no directory' });
  const host = await root.read();
  await host.take();
  const blind = await host.take();
  assert.deepEqual(blind.labels('disk.read'), ['md0p1', 'sda']);
});
