// CPU, memory, disk space, network, load and uptime where there is no /proc. Loads systeminformation, which forks, only here.
import os from 'node:os';
import type { Systeminformation } from 'systeminformation';
import type { Collector, HostReaders } from './collector.ts';
import { SHORTEST_RATE_MS } from './collector.ts';
import { type CounterValue, perCore, percent, perSecond } from './counters.ts';
import { createDeviceGrowth } from './device-growth.ts';
import { createFilter, DEFAULT_EXCLUDES, type Filter, labelValue } from './filters.ts';
import type { Filters } from './linux.ts';
import { INTERFACE_GROUPS } from './network.ts';

/** What the host is asked through; tests answer what was recorded on other systems. */
export type PortableSystem = {
  readonly platform: NodeJS.Platform;
  mem(): Promise<Systeminformation.MemData>;
  fsSize(): Promise<readonly Systeminformation.FsSizeData[]>;
  /** Of all interfaces. */
  networkStats(): Promise<readonly Systeminformation.NetworkStatsData[]>;
  cpus(): readonly Pick<os.CpuInfo, 'times'>[];
  loadavg(): readonly number[];
  uptime(): number;
};

/** Parts of one APFS container that nobody fills by themselves; `/` and `/System/Volumes/Data` are left. */
const MACOS_MOUNTS = ['VM', 'Preboot', 'Update', 'xarts', 'iSCPreboot', 'Hardware'].map(
  (name) => `/System/Volumes/${name}*`,
);
const OTHER_INTERFACES = ['lo0', 'utun*', 'awdl*', 'llw*', 'gif*', 'stf*', 'anpi*', 'Loopback*'];
const nothing = { forget() {}, close() {} };

type PortableFilters = Pick<Filters, 'mounts' | 'fsTypes' | 'interfaces'>;

export async function createPortableReaders(
  filters: PortableFilters,
  given?: PortableSystem,
): Promise<HostReaders> {
  const system = given ?? (await openSystem());
  return {
    collectors: [
      createOsCpuCollector(system),
      createMemoryCollector(system),
      createLoadCollector(system),
      createDiskSpaceCollector(system, filters),
      createNetworkCollector(
        system,
        createFilter(filters.interfaces, [...DEFAULT_EXCLUDES.interfaces, ...OTHER_INTERFACES]),
      ),
    ],
    readBootId: () => undefined,
    readUptimeMs: () => system.uptime() * 1_000,
    close() {},
  };
}

async function openSystem(): Promise<PortableSystem> {
  const { default: si } = await import('systeminformation');
  return {
    platform: process.platform,
    mem: () => si.mem(),
    fsSize: () => si.fsSize(),
    networkStats: () => si.networkStats('*'),
    cpus: os.cpus,
    loadavg: os.loadavg,
    uptime: os.uptime,
  };
}

/** What it cannot tell is null, which compares as 0 does, or NaN. */
const isAmount = (value: unknown): boolean => typeof value === 'number' && value >= 0;

const createMemoryCollector = ({ mem }: PortableSystem): Collector => ({
  name: 'memory',
  async collect(round) {
    // Not `used`: it counts the page cache, which is given up on demand.
    const { total, available, swaptotal, swapused } = await mem();
    if (!(isAmount(total) && total > 0 && isAmount(available)))
      throw new Error('the system does not say how much memory it has');
    round.add('mem.usage', percent(total - available, total));
    round.add('mem.available', available);
    if (isAmount(swapused) && swaptotal > 0) round.add('swap.usage', percent(swapused, swaptotal));
    else round.omit('swap.usage', 'there is no swap');
  },
  ...nothing,
});

const createLoadCollector = ({ platform, loadavg, cpus, uptime }: PortableSystem): Collector => ({
  name: 'load and uptime',
  collect(round) {
    round.add('uptime', Math.floor(uptime()));
    const [one = 0, five = 0, fifteen = 0] = loadavg();
    const count = cpus().length;
    // Windows has no load; Node says 0 for all three.
    if (platform === 'win32') round.omit('load', 'this system does not know it');
    else {
      round.add('load.1', one);
      round.add('load.5', five);
      round.add('load.15', fifteen);
      if (count > 0) round.add('load.per_core', perCore(fifteen, count));
    }
    round.omit('disk I/O, inodes, processes, pressure and sensors', 'they are read on Linux only');
  },
  ...nothing,
});

function createDiskSpaceCollector({ fsSize, platform }: PortableSystem, filters: PortableFilters): Collector {
  const isMac = platform === 'darwin';
  const mounts = createFilter(filters.mounts, [...DEFAULT_EXCLUDES.mounts, ...(isMac ? MACOS_MOUNTS : [])]);
  const fsTypes = createFilter(filters.fsTypes, [...DEFAULT_EXCLUDES.fsTypes, 'devfs', 'nullfs']);
  return {
    name: 'disk space',
    async collect(round) {
      for (const fs of await fsSize()) {
        const [byMount, byType] = [
          mounts.excludedBy(fs.mount),
          fsTypes.excludedBy((fs.type ?? '').toLowerCase()),
        ];
        if (byMount !== undefined) round.omit(`mounts ${byMount}`, 'excluded by the filter');
        else if (byType !== undefined) round.omit(`file systems of type ${byType}`, 'excluded by the filter');
        if (byMount !== undefined || byType !== undefined) continue;
        const writable = fs.used + fs.available;
        // A drive without a disk in it, a share whose server does not say, a heading that was taken for a volume.
        if (!(isAmount(fs.used) && isAmount(fs.available) && writable > 0)) {
          round.omit(`mount ${fs.mount}`, 'the system does not say how full it is');
          continue;
        }
        const labels = { mount: labelValue(fs.mount) };
        round.add('disk.usage', percent(fs.used, writable), labels);
        round.add('disk.free', fs.available, labels);
      }
    },
    ...nothing,
  };
}

function createNetworkCollector({ networkStats }: PortableSystem, filter: Filter): Collector {
  const growth = createDeviceGrowth('interface', INTERFACE_GROUPS);
  return {
    name: 'network',
    async collect(round) {
      const counted = new Map<string, { identity: undefined; groups: (CounterValue | undefined)[][] }>();
      for (const one of await networkStats()) {
        const pattern = filter.excludedBy(one.iface);
        if (pattern !== undefined) {
          round.omit(`interfaces ${pattern}`, 'excluded by the filter');
          continue;
        }
        if (isUncounted(one)) {
          round.omit(`interface ${labelValue(one.iface)}`, 'the system does not say what it has transferred');
          continue;
        }
        // Packets are not told; of no group more is asked than the system says.
        const groups = [
          [counter(one.rx_bytes), 0, counter(one.tx_bytes), 0],
          [counter(one.rx_errors), counter(one.tx_errors)],
          [counter(one.rx_dropped), counter(one.tx_dropped)],
        ];
        counted.set(labelValue(one.iface), { identity: undefined, groups });
      }
      for (const { name, groups } of growth.take(round, counted)) {
        const add = (metric: string, at: number, parts: readonly number[]) => {
          const grown = parts.map((part) => groups[at]?.grown[part]);
          if (grown.includes(undefined)) return;
          const sum = grown.reduce<number>((all, part) => all + part!, 0);
          round.add(metric, perSecond(sum, groups[at]!.elapsedMs), { interface: name });
        };
        add('net.received', 0, [0]);
        add('net.sent', 0, [2]);
        add('net.errors', 1, [0, 1]);
        add('net.drops', 2, [0, 1]);
      }
    },
    forget: growth.forget,
    close() {},
  };
}

/** Of an interface that it finds no counters of, it answers zeros and a state that it does not know. */
const isUncounted = ({ operstate, rx_bytes, tx_bytes }: Systeminformation.NetworkStatsData): boolean =>
  operstate === 'unknown' && rx_bytes === 0 && tx_bytes === 0;

/** systeminformation answers null, or a text that is no number, for what a system does not say. */
const counter = (value: unknown): number | undefined =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;

function createOsCpuCollector({ cpus }: Pick<PortableSystem, 'cpus'>): Collector {
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
