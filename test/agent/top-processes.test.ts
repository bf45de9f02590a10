// Top processes: shares of a CPU between two readings, odd names, processes that end and numbers that come again, order.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readProcesses } from '../../src/daemons/agent/top-processes.ts';
import { processesListing } from '../../src/terminal/processes-view.ts';
import { createRootTree } from './root-tree.ts';

const stat = (pid: number, name: string, use: { ms: number; started?: number; pages?: number }) =>
  `${pid} (${name}) S 1 ${pid} ${pid} 0 -1 4194304 100 0 0 0 ${use.ms / 20} ${use.ms / 20} 0 0 20 0 3 0 ${use.started ?? 77} 1000000 ${use.pages ?? 256} 18446744073709551615 0 0\n`;

test('CPU over the time between, memory, names with brackets and spaces', async (t) => {
  const root = createRootTree(t, {
    'proc/10/stat': stat(10, 'nginx: worker', { ms: 1_000 }),
    'proc/11/stat': stat(11, 'a) R (b', { ms: 500, pages: 1_024 }),
    'proc/12/stat': stat(12, 'ends', { ms: 0 }),
    'proc/13/stat': stat(13, 'old', { ms: 9_000 }),
    'proc/14/stat': 'nonsense\n',
    'proc/self/stat': stat(1, 'no number', { ms: 0 }),
  });
  let nowMs = 0;
  const processes = await readProcesses({
    procPath: root.path('proc'),
    monotonicMs: () => nowMs,
    async sleep() {
      nowMs += 2_000;
      root.remove('proc/12');
      root.write({
        'proc/10/stat': stat(10, 'nginx: worker', { ms: 6_000 }),
        'proc/11/stat': stat(11, 'a) R (b', { ms: 500, pages: 2_048 }),
        'proc/13/stat': stat(13, 'new', { ms: 100, started: 78 }),
      });
    },
  });
  assert.deepEqual(
    processes.map(({ pid, name, cpuPercent, threads, state }) => [pid, name, cpuPercent, threads, state]),
    [
      [10, 'nginx: worker', 250, 3, 'S'],
      [11, 'a) R (b', 0, 3, 'S'],
    ],
  );
  assert.equal(processes[1]!.memoryBytes / processes[0]!.memoryBytes, 8);
  const names = (sort: string) => processesListing(processes, { sort, limit: 1 }).rows.map(({ pid }) => pid);
  assert.deepEqual([names('-cpu_percent'), names('-memory_bytes')], [[10], [11]]);
});

test('this process is among those of this machine, with its memory', async () => {
  const processes = await readProcesses({
    procPath: '/proc',
    monotonicMs: () => performance.now(),
    sleep: async () => {},
  });
  const own = processes.find(({ pid }) => pid === process.pid)!;
  const rss = process.memoryUsage.rss();
  assert.ok(Math.abs(own.memoryBytes - rss) < rss / 2, `${own.memoryBytes} and ${rss}`);
});

test('a system without /proc is named', async () => {
  const parts = { procPath: '/nowhere/proc', monotonicMs: () => 0, sleep: async () => {} };
  await assert.rejects(readProcesses(parts), { code: 'UNAVAILABLE', message: /cannot list the processes/ });
});
