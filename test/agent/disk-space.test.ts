// Space and inodes: reserved blocks, file systems that count neither, sizes past 2^53, and statfs that hangs.
import assert from 'node:assert/strict';
import { statfsSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Round } from '../../src/daemons/agent/collectors/collector.ts';
import {
  createDiskSpaceCollector,
  type FsStat,
  spaceOf,
} from '../../src/daemons/agent/collectors/disk-space.ts';
import { createFilter } from '../../src/daemons/agent/collectors/filters.ts';
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
  const waiting = new Map<string, (stat: FsStat) => void>();
  const nothing = createFilter({ include: [], exclude: [] }, []);
  const lines = names.map((name, i) => `${30 + i} 20 0:${60 + i} / ${name} rw - nfs4 nas:${name} rw`);
  const collector = createDiskSpaceCollector({
    root: root.dir,
    readMounts: () => ({
      text: ['20 1 8:1 / / rw - ext4 /dev/sda1 rw', ...lines].join('\n'),
      form: 'mountinfo',
    }),
    mounts: nothing,
    fsTypes: nothing,
    overlayRoot: false,
    boundMs: 20,
    ask: (path) => {
      const name = path.toString().slice(root.dir.length);
      asked.push(name);
      return new Promise((resolve) => waiting.set(name, resolve));
    },
  });
  return {
    asked,
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

test('no more than two hanging mounts hold threads; the others are named as not asked', async (t) => {
  const host = networkMounts(t, ['/a', '/b', '/c', '/d']);
  const { mounts, omitted } = await host.take();
  assert.deepEqual(mounts, ['/']);
  assert.deepEqual(host.asked, ['/a', '/b']);
  assert.match(omitted.join('\n'), /mount \/c: not asked/);
  assert.match(omitted.join('\n'), /mount \/d: not asked/);
});
