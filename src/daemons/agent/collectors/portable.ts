// CPU, memory, disk space, load and uptime where there is no /proc. Loads systeminformation, which forks, only here.
import { cpus, loadavg, uptime } from 'node:os';
import type { Collector, HostReaders } from './collector.ts';
import { SHORTEST_RATE_MS } from './collector.ts';
import { perCore, percent } from './counters.ts';
import { createFilter, DEFAULT_EXCLUDES, labelValue } from './filters.ts';
import type { Filters } from './linux.ts';

const nothing = { forget() {}, close() {} };

export async function createPortableReaders(
  filters: Pick<Filters, 'mounts' | 'fsTypes'>,
): Promise<HostReaders> {
  const { default: si } = await import('systeminformation');
  const mounts = createFilter(filters.mounts, DEFAULT_EXCLUDES.mounts);
  const fsTypes = createFilter(filters.fsTypes, [...DEFAULT_EXCLUDES.fsTypes, 'devfs', 'nullfs']);

  const memory: Collector = {
    name: 'memory',
    async collect(round) {
      // Not `used`: it counts the page cache, which is given up on demand.
      const { total, available, swaptotal, swapused } = await si.mem();
      if (!(total > 0)) throw new Error('the system does not say how much memory it has');
      round.add('mem.usage', percent(total - available, total));
      round.add('mem.available', available);
      if (swaptotal > 0) round.add('swap.usage', percent(swapused, swaptotal));
    },
    ...nothing,
  };

  const diskSpace: Collector = {
    name: 'disk space',
    async collect(round) {
      for (const fs of await si.fsSize()) {
        const pattern = mounts.excludedBy(fs.mount) ?? fsTypes.excludedBy(fs.type);
        if (pattern !== undefined) round.omit(`mounts ${pattern}`, 'excluded by the filter');
        const writable = fs.used + fs.available;
        if (pattern !== undefined || !(writable > 0)) continue;
        const labels = { mount: labelValue(fs.mount) };
        round.add('disk.usage', percent(fs.used, writable), labels);
        round.add('disk.free', fs.available, labels);
      }
    },
    ...nothing,
  };

  const rest: Collector = {
    name: 'load and uptime',
    collect(round) {
      round.add('uptime', Math.floor(uptime()));
      const [one = 0, five = 0, fifteen = 0] = loadavg();
      // Windows has no load; Node says 0 for all three.
      if (process.platform === 'win32') round.omit('load', 'this system does not know it');
      else {
        round.add('load.1', one);
        round.add('load.5', five);
        round.add('load.15', fifteen);
        round.add('load.per_core', perCore(fifteen, cpus().length));
      }
      round.omit('network, disk I/O and processes', 'they are read on Linux only');
    },
    ...nothing,
  };

  return {
    collectors: [createOsCpuCollector(), memory, rest, diskSpace],
    readBootId: () => undefined,
    readUptimeMs: () => uptime() * 1_000,
    close() {},
  };
}

function createOsCpuCollector(): Collector {
  let before: { idle: number; total: number; atMs: number } | undefined;
  return {
    name: 'cpu',
    collect(round) {
      const times = cpus().map((cpu) => cpu.times);
      const idle = times.reduce((sum, time) => sum + time.idle, 0);
      const total = times.reduce(
        (sum, time) => sum + time.user + time.nice + time.sys + time.idle + time.irq,
        0,
      );
      const last = before;
      if (last && round.atMs - last.atMs < SHORTEST_RATE_MS) return;
      before = { idle, total, atMs: round.atMs };
      // A CPU that was taken offline takes its times with it.
      if (!last || total <= last.total || idle < last.idle) return;
      const grown = total - last.total;
      round.add('cpu.usage', percent(grown - (idle - last.idle), grown));
    },
    forget() {
      before = undefined;
    },
    close() {},
  };
}
