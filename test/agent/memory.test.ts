// Memory: what counts as available, caches that shrink, huge pages, swap, and files that are cut short.
import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { test } from 'node:test';
import { createRootTree } from './root-tree.ts';

const meminfo = (kB: Readonly<Record<string, number | string>>): string =>
  Object.entries({ MemTotal: 1_000_000, MemFree: 100_000, SwapTotal: 0, SwapFree: 0, ...kB })
    .map(([name, size]) => `${`${name}:`.padEnd(16)}${size} kB\n`)
    .join('');

const arcstats = (size: number, least: number): string =>
  `13 1 0x01 98 26656\nname type data\nhits 4 12345\nc_min 4 ${least}\nc_max 4 ${size}\nsize 4 ${size}\n`;

async function memoryOf(t: Parameters<typeof createRootTree>[0], files: Readonly<Record<string, string>>) {
  const host = await createRootTree(t, files).read();
  return host.take();
}

test('what the kernel calls available is taken by the letter', async (t) => {
  const seen = await memoryOf(t, { 'proc/meminfo': meminfo({ MemAvailable: 615_432 }) });
  assert.equal(seen.value('mem.usage'), 38.46);
  assert.equal(seen.value('mem.available'), 615_432 * 1_024);
});

test('a kernel without MemAvailable has it estimated from free memory and caches', async (t) => {
  const caches = { Buffers: 50_000, Cached: 300_000, SReclaimable: 30_000, Shmem: 80_000 };
  const seen = await memoryOf(t, { 'proc/meminfo': meminfo(caches) });
  assert.equal(seen.value('mem.usage'), 60);
  assert.equal(seen.value('mem.available'), 400_000 * 1_024);
});

test("ZFS's cache counts as available down to its least size, on a host only", async (t) => {
  const files = {
    'proc/meminfo': meminfo({ MemAvailable: 200_000 }),
    'proc/spl/kstat/zfs/arcstats': arcstats(400_000 * 1_024, 100_000 * 1_024),
  };
  const host = await memoryOf(t, files);
  assert.equal(host.value('mem.usage'), 50);
  assert.equal(host.value('mem.available'), 500_000 * 1_024);
  const container = await memoryOf(t, { ...files, '.dockerenv': '' });
  assert.equal(container.value('mem.usage'), 80);
});

test('a cache that claims more than there is never makes more available than the total', async (t) => {
  const seen = await memoryOf(t, {
    'proc/meminfo': meminfo({ MemAvailable: 900_000 }),
    'proc/spl/kstat/zfs/arcstats': arcstats(400_000 * 1_024, 1_024),
  });
  assert.equal(seen.value('mem.usage'), 0);
  assert.equal(seen.value('mem.available'), 1_000_000 * 1_024);
});

test('a pool of huge pages is used memory', async (t) => {
  const pool = { MemAvailable: 50_000, HugePages_Total: 400, HugePages_Free: 400, Hugepagesize: 2_048 };
  const seen = await memoryOf(t, { 'proc/meminfo': meminfo(pool) });
  assert.equal(seen.value('mem.usage'), 95);
});

test('without swap there is no share of it, and that is said', async (t) => {
  const without = await memoryOf(t, {});
  assert.equal(without.value('swap.usage'), undefined);
  assert.ok(without.isLeftOut(/^swap\.usage: there is no swap/));
  const files = { 'proc/meminfo': meminfo({ MemAvailable: 1, SwapTotal: 800, SwapFree: 600 }) };
  assert.equal((await memoryOf(t, files)).value('swap.usage'), 25);
});

test('an empty or torn /proc/meminfo is named and takes no other metric along', async (t) => {
  for (const torn of ['', 'MemTotal:   ', 'MemFree: 5 kB\n']) {
    const seen = await memoryOf(t, { 'proc/meminfo': torn });
    assert.deepEqual(
      seen.failed.map((one) => one.what),
      ['memory', 'swap.usage'],
    );
    assert.equal(seen.value('uptime'), 86_400.5);
  }
});

const WHOLE = {
  MemTotal: 1_000_000,
  MemFree: 300_000,
  MemAvailable: 600_000,
  Buffers: 50_000,
  Cached: 150_000,
};

test('memory that cannot be true is estimated from what can', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  const usageOf = async (fields: Readonly<Record<string, number | string>>) => {
    root.write({ 'proc/meminfo': meminfo({ ...WHOLE, ...fields }) });
    return (await host.take()).value('mem.usage');
  };
  assert.equal(await usageOf({}), 40);
  assert.equal(await usageOf({ MemAvailable: 0 }), 50);
  assert.equal(await usageOf({ MemAvailable: '18446744073709551615' }), 50);
  assert.equal(await usageOf({ MemAvailable: '-' }), 50);
  assert.equal(await usageOf({ MemAvailable: 0, Cached: '18446744073709550000' }), 65);
  assert.equal(await usageOf({ MemFree: '?' }), 40);
  // Nothing is available where no more is free than the kernel keeps back.
  assert.equal(await usageOf({ MemAvailable: 0, MemFree: 20_000, Buffers: 0, Cached: 10_000 }), 100);
});

test('broken lines of memory and of swap cost each itself alone', async (t) => {
  const root = createRootTree(t);
  const host = await root.read();
  root.write({ 'proc/meminfo': meminfo({ ...WHOLE, SwapTotal: 1_000, SwapFree: 2_000 }) });
  const swapless = await host.take();
  assert.equal(swapless.value('mem.usage'), 40);
  assert.equal(swapless.value('swap.usage'), undefined);
  assert.ok(swapless.hasFailed(/^swap\.usage/));
  root.write({ 'proc/meminfo': meminfo({ ...WHOLE, MemTotal: 0, SwapTotal: 1_000, SwapFree: 250 }) });
  const memoryless = await host.take();
  assert.equal(memoryless.value('mem.usage'), undefined);
  assert.equal(memoryless.value('swap.usage'), 75);
  assert.ok(memoryless.hasFailed(/^memory: .*MemTotal/));
});

test('an unreadable cache of ZFS costs no memory sample and is named', async (t) => {
  const root = createRootTree(t);
  mkdirSync(root.path('proc/spl/kstat/zfs/arcstats'), { recursive: true });
  const seen = await (await root.read()).take();
  assert.equal(seen.value('mem.usage'), 40);
  assert.ok(seen.hasFailed(/^ZFS cache/));
});
