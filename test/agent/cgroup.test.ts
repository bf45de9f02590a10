// A container's limits: where they stand, what is used at the same place, and when the host's numbers are right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRootTree, type Files } from './root-tree.ts';

const MIB = 1_048_576;
const V2 = 'sys/fs/cgroup';

/** In a container under cgroup v2: the limits stand on the parent of the process's own group. */
const unified: Files = {
  '.dockerenv': '',
  'proc/self/cgroup': '0::/shop/web\n',
  [`${V2}/cgroup.controllers`]: 'cpu memory\n',
  [`${V2}/shop/memory.max`]: `${400 * MIB}\n`,
  [`${V2}/shop/memory.current`]: `${380 * MIB}\n`,
  [`${V2}/shop/memory.stat`]: `anon 1\ninactive_file ${280 * MIB}\nactive_file 7\n`,
  [`${V2}/shop/cpu.max`]: '50000 100000\n',
  [`${V2}/shop/cpu.stat`]: 'usage_usec 7000000\nuser_usec 1\n',
  [`${V2}/shop/web/memory.max`]: 'max\n',
  [`${V2}/shop/web/memory.current`]: `${90 * MIB}\n`,
  [`${V2}/shop/web/memory.swap.max`]: '0\n',
  [`${V2}/shop/web/cpu.max`]: 'max 100000\n',
  [`${V2}/shop/web/cpu.stat`]: 'usage_usec 1\n',
};

const busy = (user: number): string => `cpu  ${user} 0 0 8000 0 0 0 0\ncpu0 ${user} 0 0 8000 0 0 0 0\n`;

test('the limit in force is the lowest on the way up, and usage is taken where it stands, without page cache', async (t) => {
  const root = createRootTree(t, unified);
  const host = await root.read();
  const seen = await host.take();
  assert.equal(seen.value('mem.usage'), 25);
  assert.equal(seen.value('mem.available'), 300 * MIB);
  assert.equal(seen.value('swap.usage'), undefined);
});

test('cpu.usage is the share of the quota, from the second reading on', async (t) => {
  const root = createRootTree(t, unified);
  const host = await root.read();
  assert.equal((await host.take()).value('cpu.usage'), undefined);
  root.write({ [`${V2}/shop/cpu.stat`]: 'usage_usec 13000000\n', 'proc/stat': busy(90_000) });
  // 6 s of CPU in 60 s of half a CPU.
  assert.equal((await host.take()).value('cpu.usage'), 20);
});

test('a quota that was used up and overdrawn is 100 %', async (t) => {
  const root = createRootTree(t, unified);
  const host = await root.read();
  await host.take();
  root.write({ [`${V2}/shop/cpu.stat`]: 'usage_usec 37100000\n' });
  assert.equal((await host.take()).value('cpu.usage'), 100);
});

test('a limit that moves to another level starts the count anew', async (t) => {
  const root = createRootTree(t, unified);
  const host = await root.read();
  await host.take();
  root.write({ [`${V2}/shop/web/cpu.max`]: '10000 100000\n' });
  assert.equal((await host.take()).value('cpu.usage'), undefined);
});

test("no limits, or limits above the machine, leave the host's numbers and no error", async (t) => {
  const unlimited: Files = {
    [`${V2}/shop/memory.max`]: 'max\n',
    [`${V2}/shop/cpu.max`]: 'max 100000\n',
  };
  const above: Files = {
    [`${V2}/shop/memory.max`]: `${2_000 * MIB}\n`,
    [`${V2}/shop/cpu.max`]: '200000 100000\n',
  };
  for (const limits of [unlimited, above]) {
    const root = createRootTree(t, { ...unified, ...limits });
    const host = await root.read();
    const first = await host.take();
    assert.equal(first.value('mem.usage'), 40);
    assert.deepEqual(first.failed, []);
    root.write({ 'proc/stat': QUIET_LATER });
    assert.equal((await host.take()).value('cpu.usage'), 50);
  }
});
const QUIET_LATER =
  'cpu  2000 0 500 9000 100 0 0 0\ncpu0 1000 0 250 4500 50 0 0 0\ncpu1 1000 0 250 4500 50 0 0 0\n';

test('a namespace whose root has no files at all is unlimited', async (t) => {
  const root = createRootTree(t, { '.dockerenv': '', 'proc/self/cgroup': '0::/../other\n' });
  const seen = await (await root.read()).take();
  assert.equal(seen.value('mem.usage'), 40);
  assert.deepEqual(seen.failed, []);
});

test('swap of a container is the share of its own limit', async (t) => {
  const root = createRootTree(t, {
    ...unified,
    'proc/meminfo':
      'MemTotal: 1000000 kB\nMemFree: 1 kB\nMemAvailable: 600000 kB\nSwapTotal: 900000 kB\nSwapFree: 1 kB\n',
    [`${V2}/shop/web/memory.swap.max`]: `${40 * MIB}\n`,
    [`${V2}/shop/web/memory.swap.current`]: `${10 * MIB}\n`,
  });
  assert.equal((await (await root.read()).take()).value('swap.usage'), 25);
});

test('an agent that a host limits by its service still shows the host, and so does view: host', async (t) => {
  const { '.dockerenv': _, ...service } = unified;
  assert.equal((await (await createRootTree(t, service).read()).take()).value('mem.usage'), 40);
  const told = await createRootTree(t, unified).read({ view: 'host' });
  assert.equal((await told.take()).value('mem.usage'), 40);
});

test('cgroup v1 is read the same way, with its own words for no limit', async (t) => {
  const v1: Files = {
    'run/.containerenv': '',
    'proc/self/cgroup': '5:cpu,cpuacct:/pod/x\n4:memory:/pod/x\n1:name=systemd:/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/pod/memory.limit_in_bytes': `${500 * MIB}\n`,
    'sys/fs/cgroup/memory/pod/memory.usage_in_bytes': `${450 * MIB}\n`,
    'sys/fs/cgroup/memory/pod/memory.stat': `cache 5\ntotal_inactive_file ${250 * MIB}\n`,
    'sys/fs/cgroup/memory/pod/x/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/cpu,cpuacct/pod/x/cpu.cfs_quota_us': '-1\n',
    'sys/fs/cgroup/cpu,cpuacct/pod/x/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_quota_us': '25000\n',
    'sys/fs/cgroup/cpu,cpuacct/pod/cpu.cfs_period_us': '100000\n',
    'sys/fs/cgroup/cpu,cpuacct/pod/cpuacct.usage': '1000000000\n',
  };
  const root = createRootTree(t, v1);
  const host = await root.read();
  const first = await host.take();
  assert.equal(first.value('mem.usage'), 40);
  assert.equal(first.value('mem.available'), 300 * MIB);
  root.write({ 'sys/fs/cgroup/cpu,cpuacct/pod/cpuacct.usage': '7000000000\n' });
  // 6 s in 60 s of a quarter of a CPU.
  assert.equal((await host.take()).value('cpu.usage'), 40);
});

test('a container of which only the own group is mounted finds its limits at the top', async (t) => {
  const root = createRootTree(t, {
    '.dockerenv': '',
    'proc/self/cgroup': '4:memory:/docker/0123\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': `${200 * MIB}\n`,
    'sys/fs/cgroup/memory/memory.usage_in_bytes': `${50 * MIB}\n`,
  });
  assert.equal((await (await root.read()).take()).value('mem.usage'), 25);
});

test('a limit without its usage fails memory by name and nothing else', async (t) => {
  const root = createRootTree(t, unified);
  root.remove(`${V2}/shop/memory.current`);
  const seen = await (await root.read()).take();
  assert.deepEqual(
    seen.failed.map((one) => one.what),
    ['memory'],
  );
  assert.match(seen.failed[0]!.why, /shop\/memory\.current/);
  assert.equal(seen.value('load.1'), 0.25);
});
