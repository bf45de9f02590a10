// A container's limits: where they stand, what is used at the same place, and when the host's numbers are right.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { viewOf } from '../../src/daemons/agent/collectors/container.ts';
import { createFacts } from '../../src/daemons/agent/facts.ts';
import { createRootTree, type Files } from './root-tree.ts';

const MIB = 1_048_576;
const V2 = 'sys/fs/cgroup';

/** In a container under cgroup v2: the limits stand on the parent of the process's own group. */
const unified: Files = {
  '.dockerenv': '',
  'proc/self/cgroup': '0::/shop/web\n',
  'proc/1/cgroup': '0::/shop/web\n',
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
    'proc/1/cgroup': '5:cpu,cpuacct:/pod/x\n4:memory:/pod/x\n1:name=systemd:/\n',
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

test("a limit counts where pid 1 stands under it: the agent's own unit is no limit of the container", async (t) => {
  const unit: Files = {
    ...unified,
    'proc/self/cgroup': '0::/shop/web/agent.service\n',
    'proc/1/cgroup': '0::/shop/web/init.scope\n',
    [`${V2}/shop/web/agent.service/memory.max`]: `${10 * MIB}\n`,
    [`${V2}/shop/web/agent.service/memory.current`]: `${9 * MIB}\n`,
  };
  assert.equal((await (await createRootTree(t, unit).read()).take()).value('mem.usage'), 25);
  // Of a pid 1 that cannot be read, or that is outside, nothing is known to hold but the top.
  const unknown = createRootTree(t, unit);
  unknown.remove('proc/1/cgroup');
  assert.equal((await (await unknown.read()).take()).value('mem.usage'), 40);
  const outside = createRootTree(t, {
    ...unit,
    'proc/1/cgroup': '0::/../../init.scope\n',
    [`${V2}/memory.max`]: `${400 * MIB}\n`,
    [`${V2}/memory.current`]: `${40 * MIB}\n`,
  });
  assert.equal((await (await outside.read()).take()).value('mem.usage'), 40);
});

test('a container bound to some CPUs shows the share of those, of a quota below them the share of that', async (t) => {
  const bound: Files = {
    '.dockerenv': '',
    'proc/self/cgroup': '0::/\n',
    'proc/1/cgroup': '0::/\n',
    'proc/stat': 'cpu  0 0 0 0\ncpu0 0 0 0 0\ncpu1 0 0 0 0\ncpu2 0 0 0 0\ncpu3 0 0 0 0\n',
    [`${V2}/cgroup.controllers`]: 'cpuset cpu\n',
    [`${V2}/cgroup.type`]: 'domain\n',
    [`${V2}/cpu.stat`]: 'usage_usec 0\n',
  };
  const used: Files = { [`${V2}/cpu.stat`]: 'usage_usec 30000000\n' };
  const usageWith = async (limits: Files) => {
    const root = createRootTree(t, { ...bound, ...limits });
    const host = await root.read();
    await host.take();
    root.write(used);
    return (await host.take()).value('cpu.usage');
  };
  assert.equal(await usageWith({ [`${V2}/cpuset.cpus.effective`]: '2-3\n' }), 25);
  assert.equal(await usageWith({ [`${V2}/cpuset.cpus.effective`]: '0,2-3\n' }), 16.67);
  const both = { [`${V2}/cpuset.cpus.effective`]: '2-3\n', [`${V2}/cpu.max`]: '100000 100000\n' };
  assert.equal(await usageWith(both), 50);
  assert.equal(await usageWith({ [`${V2}/cpuset.cpus.effective`]: '\n' }), undefined);
  const v1: Files = {
    ...bound,
    'proc/self/cgroup': '3:cpuset:/pod\n2:cpuacct,cpu:/pod\n',
    'proc/1/cgroup': '3:cpuset:/pod\n2:cpuacct,cpu:/pod\n',
    'sys/fs/cgroup/cpuset/cpuset.effective_cpus': '0-3\n',
    'sys/fs/cgroup/cpuset/pod/cpuset.effective_cpus': '1\n',
    'sys/fs/cgroup/cpuacct,cpu/pod/cpuacct.usage': '0\n',
  };
  const root = createRootTree(t, v1);
  root.remove(`${V2}/cgroup.controllers`);
  const host = await root.read();
  await host.take();
  root.write({ 'sys/fs/cgroup/cpuacct,cpu/pod/cpuacct.usage': '15000000000\n' });
  assert.equal((await host.take()).value('cpu.usage'), 25);
});

test('cgroup v1: a limit above what is mounted is known from memory.stat, one that is not handed down does not hold', async (t) => {
  const memory = 'sys/fs/cgroup/memory';
  const v1: Files = {
    '.dockerenv': '',
    'proc/self/cgroup': '4:memory:/docker/0123\n',
    'proc/1/cgroup': '4:memory:/docker/0123\n',
    [`${memory}/memory.limit_in_bytes`]: '9223372036854771712\n',
    [`${memory}/memory.usage_in_bytes`]: `${70 * MIB}\n`,
    [`${memory}/memory.stat`]: `total_inactive_file ${20 * MIB}\nhierarchical_memory_limit ${200 * MIB}\n`,
  };
  assert.equal((await (await createRootTree(t, v1).read()).take()).value('mem.usage'), 25);
  const flat: Files = {
    ...v1,
    [`${memory}/docker/memory.limit_in_bytes`]: `${100 * MIB}\n`,
    [`${memory}/docker/0123/memory.limit_in_bytes`]: '9223372036854771712\n',
    [`${memory}/docker/0123/memory.stat`]: 'hierarchical_memory_limit 9223372036854771712\n',
  };
  assert.equal((await (await createRootTree(t, flat).read()).take()).value('mem.usage'), 40);
});

test("a limit on CPUs without the time used fails cpu.usage by name; the machine's other shares go on", async (t) => {
  const root = createRootTree(t, unified);
  root.remove(`${V2}/shop/cpu.stat`);
  const host = await root.read();
  await host.take();
  root.write({ 'proc/stat': QUIET_LATER });
  const seen = await host.take();
  assert.equal(seen.value('cpu.usage'), undefined);
  assert.equal(seen.value('cpu.iowait'), 0);
  assert.ok(seen.hasFailed(/^cpu\.usage: .*shop limits the CPUs/));
});

const MACHINE: Files = {
  'proc/1/cgroup': '0::/init.scope\n',
  'proc/self/cgroup': '0::/system.slice/agent.service\n',
  [`${V2}/cgroup.controllers`]: 'cpu memory\n',
};

test("a marker that an image left on a machine's disk makes no container of it; a layered root does", (t) => {
  const viewWith = (files: Files) =>
    viewOf({ root: createRootTree(t, { ...MACHINE, ...files }).dir, view: 'auto' });
  for (const marker of ['.dockerenv', 'run/.containerenv']) {
    const view = viewWith({ [marker]: '' });
    assert.equal(view.view, 'host', marker);
    assert.match(view.reason, /left over from an image/);
  }
  const btrfs = '20 1 0:30 /@ / rw - btrfs /dev/sda1 rw\n';
  assert.equal(viewWith({ '.dockerenv': '', 'proc/1/mountinfo': btrfs }).view, 'host');
  const contained: readonly Files[] = [
    { 'proc/1/mountinfo': '20 1 0:30 / / rw - overlay overlay rw\n' },
    { 'proc/1/cgroup': '4:memory:/docker/0123\n' },
    { [`${V2}/cgroup.type`]: 'domain\n', 'proc/1/cgroup': '0::/\n' },
    { 'run/systemd/container': 'lxc\n' },
  ];
  for (const files of contained) assert.equal(viewWith({ '.dockerenv': '', ...files }).view, 'container');
});

test('what limits a container, and what was decided by, are facts', (t) => {
  const root = createRootTree(t, unified);
  const facts = createFacts({ root: root.dir, hostView: viewOf({ root: root.dir, view: 'auto' }) })(0)!;
  assert.equal(facts['view'], 'container');
  assert.equal(facts['view_reason'], '/.dockerenv');
  assert.equal(facts['limits'], `${400 * MIB} bytes of memory at /shop, 0.5 CPUs at /shop`);
  const told = createFacts({ root: root.dir, hostView: viewOf({ root: root.dir, view: 'host' }) })(0)!;
  assert.equal(told['view_reason'], 'set in the configuration');
  assert.equal(told['limits'], undefined);
});

test('a time used that reads zero once gives no share of 100 % on the way back', async (t) => {
  const root = createRootTree(t, unified);
  const host = await root.read();
  await host.take();
  const shares = [];
  for (const usage of [0, 10_000_000, 16_000_000]) {
    root.write({ [`${V2}/shop/cpu.stat`]: `usage_usec ${usage}\n` });
    shares.push((await host.take()).value('cpu.usage'));
  }
  assert.deepEqual(shares, [undefined, undefined, 20]);
});

test('a use of memory that cannot be true fails memory by name', async (t) => {
  const root = createRootTree(t, { ...unified, [`${V2}/shop/memory.current`]: '18446744073709547520\n' });
  const seen = await (await root.read()).take();
  assert.equal(seen.value('mem.usage'), undefined);
  assert.ok(seen.hasFailed(/^memory: .*memory\.current/));
});
