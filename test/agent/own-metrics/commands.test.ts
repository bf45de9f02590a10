// Own metrics from commands: status and perfdata, time limit over a process group, bounded output, slow ones, the rest goes on.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { agentOptions } from '../../../src/daemons/agent/options.ts';
import { until } from '../../until.ts';
import { createRootTree, type Ending } from '../root-tree.ts';

const sh = (name: string, script: string, more: object = {}) => ({
  name,
  command: ['/bin/sh', '-c', script],
  ...more,
});

const openHost = async (t: Ending, ...commands: object[]) => {
  const root = createRootTree(t);
  return { root, host: await root.read({ commands }) };
};

/** Rounds until one has the metric: a command may take longer than a round waits. */
async function takeUntil(host: Awaited<ReturnType<typeof openHost>>['host'], metric: string, afterMs = 1) {
  let seen = await host.take(afterMs);
  await until(`a tick with ${metric}`, async () => {
    if (seen.samples.some((one) => one.metric === metric)) return true;
    seen = await host.take(1);
    return false;
  });
  return seen;
}

test('exit codes are the status; perfdata are values by item, thresholds dropped; the time it took', async (t) => {
  const { host } = await openHost(
    t,
    sh('check_disk', "echo 'DISK WARNING | /=2MB;1;3;0;9 /var=50%;80;90'; exit 1"),
    sh('fine', 'exit 0'),
    sh('odd', 'exit 42'),
  );
  await takeUntil(host, 'check_disk.status');
  await takeUntil(host, 'fine.status');
  const seen = await takeUntil(host, 'odd.status');
  assert.equal(seen.value('check_disk.status'), 1);
  assert.equal(seen.value('check_disk.perfdata', '/'), 2 * 2 ** 20);
  assert.equal(seen.value('check_disk.perfdata', '/var'), 50);
  assert.ok(seen.value('check_disk.duration')! >= 0);
  assert.equal(seen.value('fine.status'), 0);
  assert.equal(seen.value('odd.status'), 3);
  assert.ok(seen.isLeftOut(/command odd: it ended with 42, which is not a plugin status/));
});

test('at the limit the whole process group is killed, the status is unknown, and the others go on', async (t) => {
  const { host } = await openHost(
    t,
    sh('hangs', 'trap "" TERM; sleep 600', { timeout: '100ms' }),
    sh('fine', 'exit 0'),
  );
  const seen = await takeUntil(host, 'hangs.status');
  assert.equal(seen.value('hangs.status'), 3);
  assert.ok(seen.isLeftOut(/command hangs: it was killed after 0\.1 s/));
  assert.equal((await takeUntil(host, 'fine.status')).value('fine.status'), 0);
});

test('what it started is killed with it', async (t) => {
  const root = createRootTree(t);
  const pidFile = root.path('child.pid');
  const script = `sleep 600 & echo $! > ${pidFile}; wait`;
  const host = await root.read({ commands: [sh('parent', script, { timeout: '300ms' })] });
  await takeUntil(host, 'parent.status');
  const pid = Number(readFileSync(pidFile, 'utf8'));
  assert.ok(pid > 0);
  await until('the child is gone', () => !isRunning(pid));
});

test('a command that cannot be run is named', async (t) => {
  const { host } = await openHost(t, { name: 'gone', command: ['/nowhere/check'] });
  const seen = await takeUntil(host, 'gone.status');
  assert.equal(seen.value('gone.status'), 3);
  assert.ok(seen.isLeftOut(/command gone: it cannot be run: .*ENOENT/));
});

test('a slow command takes no tick along: its result is in a later one', async (t) => {
  const root = createRootTree(t);
  const go = root.path('go');
  const host = await root.read({
    interval: '1s',
    commands: [sh('slow', `while [ ! -e ${go} ]; do sleep 0.05; done; exit 2`)],
  });
  const first = await host.take(1);
  assert.equal(first.value('slow.status'), undefined);
  assert.deepEqual(first.failed, []);
  assert.ok(first.value('mem.usage') !== undefined);
  writeFileSync(go, '');
  assert.equal((await takeUntil(host, 'slow.status')).value('slow.status'), 2);
});

test('a result is told until the next one is due, and not once it is too old', async (t) => {
  const root = createRootTree(t);
  const hang = root.path('hang');
  const script = `while [ -e ${hang} ]; do sleep 0.05; done; exit 1`;
  const host = await root.read({ commands: [sh('rare', script, { interval: '5m', timeout: '10m' })] });
  await takeUntil(host, 'rare.status');
  writeFileSync(hang, '');
  assert.equal((await host.take(200_000)).value('rare.status'), 1, 'not due yet');
  assert.equal((await host.take(200_000)).value('rare.status'), 1, 'under way');
  const old = await host.take(1_000_000);
  assert.equal(old.value('rare.status'), undefined);
  assert.ok(old.isLeftOut(/command rare: its last result is too old/));
});

test('output is bounded, and that is said; a counter of perfdata is a rate', async (t) => {
  const root = createRootTree(t);
  const host = await root.read({
    commands: [
      sh('loud', "printf 'OK | a=1 '; head -c 200000 /dev/zero | tr '\\0' 'x'"),
      sh('counts', `n=$(cat ${root.path('n')}); echo "OK | in=$n""c"`),
    ],
  });
  root.write({ n: '100' });
  const seen = await takeUntil(host, 'loud.status');
  assert.ok(seen.isLeftOut(/command loud: its output is over 65536 bytes/));
  assert.equal(seen.value('loud.perfdata', 'a'), 1);
  assert.equal((await takeUntil(host, 'counts.status')).value('counts.perfdata', 'in'), undefined);
  root.write({ n: '220' });
  const rates = await takeUntil(host, 'counts.perfdata', 60_000);
  assert.ok(Math.abs(rates.value('counts.perfdata', 'in')! - 2) < 0.01);
});

test('settings: names that make no metric, names used twice and empty commands are refused', () => {
  const errorOf = (commands: unknown) => agentOptions.safeParse({ commands }).error?.issues[0]?.message;
  const command = ['/bin/true'];
  assert.match(errorOf([{ name: 'Check Disk', command }])!, /first part of a metric/);
  assert.match(errorOf([{ name: 'time', command }])!, /reserved part/);
  assert.match(
    errorOf([
      { name: 'a', command },
      { name: 'a', command },
    ])!,
    /two commands have the name a/,
  );
  assert.ok(errorOf([{ name: 'a', command: [] }]));
  assert.equal(errorOf([{ name: 'a', command, timeout: '5s', interval: '5m' }]), undefined);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie that nobody waits for yet has ended.
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
}
