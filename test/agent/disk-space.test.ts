// Space and inodes: reserved blocks, file systems that count neither, sizes past 2^53, and statfs that hangs.
import assert from 'node:assert/strict';
import { readFileSync, statfsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Round } from '../../src/daemons/agent/collectors/collector.ts';
import { createDiskSpaceCollector, spaceOf } from '../../src/daemons/agent/collectors/disk-space.ts';
import { createFilter } from '../../src/daemons/agent/collectors/filters.ts';
import { createMountChoice } from '../../src/daemons/agent/collectors/mount-choice.ts';
import { createStatfsProcess, type FsStat } from '../../src/daemons/agent/collectors/statfs-process.ts';
import { createRootTree } from './root-tree.ts';

const fs = (counts: Partial<FsStat>): FsStat => ({
  bsize: 4_096n,
  blocks: 1_000n,
  bfree: 400n,
  bavail: 200n,
  files: 100n,
  ffree: 25n,
  ...counts,
});

test('usage is the share of what ordinary users can write, as df shows it', () => {
  assert.deepEqual(spaceOf(fs({})), { usage: 75, freeBytes: 819_200, inodes: 75 });
  // Nothing left for users though a fifth of the blocks is free: the alert must come.
  assert.equal(spaceOf(fs({ bfree: 200n, bavail: 0n })).usage, 100);
  assert.equal(spaceOf(fs({ bfree: 200n, bavail: 0n })).freeBytes, 0);
});

test('blocks are counted in fragments where these differ from the block size', () => {
  assert.equal(spaceOf(fs({ bsize: 1_048_576n, frsize: 512n })).freeBytes, 102_400);
  assert.equal(spaceOf(fs({ frsize: 0n })).freeBytes, 819_200);
});

test('a file system without inodes, or with more free than there are, has no inode sample', () => {
  assert.equal(spaceOf(fs({ files: 0n, ffree: 0n })).inodes, undefined);
  assert.equal(spaceOf(fs({ files: 1_000n, ffree: 2n ** 64n - 1n })).inodes, undefined);
  assert.equal(spaceOf(fs({ files: 64n, ffree: 0n })).inodes, 100);
  assert.equal(spaceOf(fs({ files: 1_000n, ffree: 900n })).inodes, 10);
});

test('a file system without blocks has no space samples; one overdrawn below zero is full', () => {
  assert.deepEqual(spaceOf(fs({ blocks: 0n, bfree: 0n, bavail: 0n })), {
    usage: undefined,
    freeBytes: undefined,
    inodes: 75,
  });
  assert.deepEqual(spaceOf(fs({ bfree: 10n, bavail: 2n ** 64n - 5n })).usage, 100);
});

test('a file system that says more is free than there is has no space samples', () => {
  assert.equal(spaceOf(fs({ bfree: 1_001n })).usage, undefined);
  assert.equal(spaceOf(fs({ bfree: 2n ** 64n - 1n })).freeBytes, undefined);
  assert.equal(spaceOf(fs({ bfree: 1_000n })).usage, 0);
});

test('sizes beyond what a double counts exactly keep their share', () => {
  const huge = { blocks: 2n ** 62n, bfree: 2n ** 61n, bavail: 2n ** 61n };
  assert.deepEqual(spaceOf(fs(huge)), { usage: 50, freeBytes: 2 ** 61 * 4_096, inodes: 75 });
  const sixteenTiB = { blocks: 2n ** 32n, bfree: 2n ** 31n + 2n ** 30n, bavail: 2n ** 31n + 2n ** 30n };
  assert.equal(spaceOf(fs(sixteenTiB)).usage, 25);
});

test('whatever a file system says, shares are inside 0..100 and space is finite', () => {
  const count = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
  const stat = fc.record({
    bsize: count,
    frsize: count,
    blocks: count,
    bfree: count,
    bavail: count,
    files: count,
    ffree: count,
  });
  fc.assert(
    fc.property(stat, (answer) => {
      const { usage, freeBytes, inodes } = spaceOf(answer);
      for (const share of [usage, inodes]) assert.ok(share === undefined || (share >= 0 && share <= 100));
      assert.ok(freeBytes === undefined || (freeBytes >= 0 && Number.isFinite(freeBytes)));
    }),
  );
});

test("a real file system's samples are what its statfs says", async (t) => {
  const root = createRootTree(t);
  const seen = await (await root.read()).take();
  const real = spaceOf(statfsSync(root.dir, { bigint: true }));
  assert.ok(Math.abs(seen.value('disk.usage', '/')! - real.usage!) < 1);
  assert.equal(seen.value('disk.inodes', '/') === undefined, real.inodes === undefined);
});

/** A disk-space collector over mounts that answer when the test says so. */
function networkMounts(t: { after(end: () => void): void }, names: readonly string[]) {
  const root = createRootTree(t);
  const asked: string[] = [];
  const askedApart: string[] = [];
  const waiting = new Map<string, (stat: FsStat) => void>();
  const asking = (log: string[]) => (path: Buffer) => {
    const name = path.toString().slice(root.dir.length);
    log.push(name);
    return new Promise<FsStat>((resolve) => {
      if (answers.has(name)) resolve(fs({}));
      else waiting.set(name, resolve);
    });
  };
  const answers = new Set<string>();
  const nothing = createFilter({ include: [], exclude: [] }, []);
  const lines = names.map((name, i) => `${30 + i} 20 0:${60 + i} / ${name} rw - nfs4 nas:${name} rw`);
  const collector = createDiskSpaceCollector({
    root: root.dir,
    mountSource: {
      read: () => ({
        list: { text: ['20 1 8:1 / / rw - ext4 /dev/sda1 rw', ...lines].join('\n'), form: 'mountinfo' },
      }),
      close() {},
    },
    mounts: nothing,
    fsTypes: nothing,
    inContainer: false,
    boundMs: 20,
    ask: asking(asked),
    apart: { mostWaiting: 5, ask: asking(askedApart), start() {}, close() {} },
  });
  return {
    asked,
    askedApart,
    /** From now on these answer at once. */
    answers,
    answer: (name: string) => waiting.get(name)!(fs({})),
    async take() {
      const mounts: string[] = [];
      const omitted: string[] = [];
      const round: Round = {
        number: 1,
        atMs: 0,
        add: (metric, _, labels) => void (metric === 'disk.usage' && mounts.push(labels!['mount']!)),
        omit: (what, why) => void omitted.push(`${what}: ${why}`),
        fail: (what, why) => void omitted.push(`${what}: ${why}`),
      };
      await collector.collect(round);
      return { mounts, omitted };
    },
  };
}

test('a statfs that hangs is named, not asked again while it hangs, and asked again after it answered', async (t) => {
  const host = networkMounts(t, ['/nas']);
  const first = await host.take();
  assert.deepEqual(first.mounts, ['/']);
  assert.match(first.omitted.join('\n'), /mount \/nas: statfs hangs/);
  await host.take();
  assert.deepEqual(host.asked, ['/nas']);
  host.answer('/nas');
  await new Promise(setImmediate);
  const asking = host.take();
  await new Promise(setImmediate);
  host.answer('/nas');
  assert.deepEqual((await asking).mounts, ['/', '/nas']);
  assert.deepEqual(host.asked, ['/nas', '/nas']);
});

test('with two that hang the rest is asked by a process of its own, and healthy ones keep their samples', async (t) => {
  const host = networkMounts(t, ['/a', '/b', '/c', '/d', '/e', '/f', '/ok', '/z']);
  host.answers.add('/ok');
  const first = await host.take();
  assert.deepEqual(host.asked, ['/a', '/b']);
  assert.deepEqual(host.askedApart, ['/c', '/d', '/e', '/f', '/ok']);
  assert.deepEqual(first.mounts, ['/', '/ok']);
  // Its threads have an end too; who answered last time comes first from then on.
  assert.match(first.omitted.join('\n'), /mount \/z: skipped/);
  host.answer('/a');
  await new Promise(setImmediate);
  host.answers.add('/a');
  const second = await host.take();
  assert.deepEqual(second.mounts, ['/', '/ok', '/a']);
  for (let round = 0; round < 3; round++) assert.ok((await host.take()).mounts.includes('/ok'));
  // Each of those that hang was asked once.
  for (const name of ['/b', '/c', '/d', '/e', '/f', '/z'])
    assert.equal([...host.asked, ...host.askedApart].filter((one) => one === name).length, 1, name);
});

test('what is mounted below a file system with a server may hang as that does', async (t) => {
  const root = createRootTree(t, {
    'proc/1/mountinfo': [
      '20 1 8:1 / / rw - ext4 /dev/sda1 rw',
      '30 20 0:60 / /nas rw - nfs4 nas:/ rw',
      '31 30 8:2 / /nas/local rw - ext4 /dev/sdb1 rw',
    ].join('\n'),
    'nas/local/file': '',
  });
  const nothing = createFilter({ include: [], exclude: [] }, []);
  const choose = createMountChoice({ root: root.dir, mounts: nothing, fsTypes: nothing, inContainer: false });
  const text = readFileSync(root.path('proc/1/mountinfo'), 'utf8');
  assert.deepEqual(
    choose({ text, form: 'mountinfo' }).chosen.map(({ label, mayHang }) => [label, mayHang]),
    [
      ['/', false],
      ['/nas', true],
      ['/nas/local', true],
    ],
  );
});

test('the process of its own says what statfs says, names errors, and starts again after its end', async (t) => {
  const process = createStatfsProcess();
  t.after(() => process.close());
  const here = statfsSync('/', { bigint: true });
  const there = await process.ask(Buffer.from('/'));
  assert.equal(there.blocks, here.blocks);
  assert.equal(there.files, here.files);
  await assert.rejects(process.ask(Buffer.from('/no such/place')), { code: 'ENOENT' });
  process.close();
  assert.equal((await process.ask(Buffer.from('/'))).bsize, here.bsize);
  const asking = process.ask(Buffer.from('/proc'));
  process.close();
  await assert.rejects(asking, /was ended/);
});
