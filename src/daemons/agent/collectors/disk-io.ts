// disk.read, disk.written and disk.busy from /proc/diskstats, by whole device.
import type { Collector } from './collector.ts';
import { parseCounter, percent, perSecond } from './counters.ts';
import { type CounterGroup, createDeviceGrowth, type DeviceCounters } from './device-growth.ts';
import type { Filter } from './filters.ts';
import { labelValue } from './filters.ts';
import type { ProcFile } from './proc-file.ts';

/** A sector of /proc/diskstats, whatever the disk's own sectors are. */
const SECTOR_BYTES = 512;

export type DiskStats = {
  /**
   * By name, identified by major:minor. Reads, sectors read, writes, sectors written; and by themselves the milliseconds
   * with I/O in flight, which some drivers count backwards.
   */
  readonly devices: ReadonlyMap<string, DeviceCounters>;
  /** Devices, or parts of them, whose lines could not be understood. */
  readonly odd: readonly string[];
};

/** More than any disk, or pool of them, moves in a second. */
const MOST_BYTES_PER_SECOND = 2e11;
const GROUPS: readonly CounterGroup[] = [
  { mostPerSecond: MOST_BYTES_PER_SECOND / SECTOR_BYTES },
  // Old kernels add the time of an I/O when it ends, so a disk that hung catches up.
  { metric: 'disk.busy', mostPerSecond: 1_000, slack: 3_600_000 },
];

// By count of columns: seven is a partition before 2.6.25; kernels add columns at the end, so more than 14 is fine.
const FULL = { columns: 14, io: [3, 5, 7, 9], busy: [12] };
const SHORT = { columns: 7, io: [3, 4, 5, 6], busy: [] };

function parseDiskStats(text: string): DiskStats {
  const devices = new Map<string, DeviceCounters>();
  const odd: string[] = [];
  for (const line of text.split('\n')) {
    const columns = line.trim().split(/\s+/);
    const name = columns[2];
    if (name === undefined) continue;
    const form = columns.length >= FULL.columns ? FULL : columns.length === SHORT.columns ? SHORT : undefined;
    const groups = form && [form.io, form.busy].map((group) => group.map((at) => parseCounter(columns[at]!)));
    const known = groups?.flat().filter((counter) => counter !== undefined).length;
    if (!groups || !known) {
      odd.push(`device ${name}`);
      continue;
    }
    if (known < groups.flat().length) odd.push(`device ${name}`);
    devices.set(name, { identity: `${columns[0]}:${columns[1]}`, groups });
  }
  return { devices, odd };
}

/**
 * Known from sysfs, which lists whole devices; where it does not list even the disk (old kernels, no sysfs), by a name that
 * continues another's: sda1 of sda, nvme0n1p1 of nvme0n1, but not dm-10 of dm-1.
 */
export function isPartition(
  name: string,
  known: { whole: ReadonlySet<string>; all: ReadonlySet<string> },
): boolean {
  if (known.whole.has(name.replaceAll('/', '!'))) return false;
  const match = /^(.*?)(p?)(\d+)$/.exec(name);
  const disk = match?.[1] ?? '';
  if (!match || !known.all.has(disk)) return false;
  return /\d$/.test(disk) ? match[2] === 'p' : match[2] === '';
}

export function createDiskIoCollector(parts: {
  readonly diskstats: ProcFile;
  readonly filter: Filter;
  /** Names under /sys/block; empty where there is no sysfs. */
  readonly listWhole: () => readonly string[];
}): Collector {
  const growth = createDeviceGrowth('device', GROUPS);
  let partitions = { names: '', set: new Set<string>() };

  function partitionsAmong(names: readonly string[]): ReadonlySet<string> {
    const key = names.join(' ');
    if (key !== partitions.names) {
      const known = { whole: new Set(parts.listWhole()), all: new Set(names) };
      partitions = { names: key, set: new Set(names.filter((name) => isPartition(name, known))) };
    }
    return partitions.set;
  }

  return {
    name: 'disk io',
    collect(round) {
      const { devices, odd } = parseDiskStats(parts.diskstats.text());
      for (const what of odd)
        round.fail(what, 'its line in /proc/diskstats is not understood, or a part of it is not');
      const parted = partitionsAmong([...devices.keys()]);
      const sampled = new Map<string, DeviceCounters>();
      for (const [name, device] of devices) {
        const pattern = parts.filter.excludedBy(name);
        if (pattern !== undefined) round.omit(`devices ${pattern}`, 'excluded by the filter');
        if (parted.has(name)) round.omit('partitions', 'their whole disks are sampled');
        if (pattern === undefined && !parted.has(name)) sampled.set(name, device);
      }
      for (const { name, groups } of growth.take(round, sampled)) {
        const [io, busy] = groups;
        const [, read, , written] = io?.grown ?? [];
        const busyMs = busy?.grown[0];
        const labels = { device: labelValue(name) };
        if (read !== undefined) round.add('disk.read', perSecond(read * SECTOR_BYTES, io!.elapsedMs), labels);
        if (written !== undefined)
          round.add('disk.written', perSecond(written * SECTOR_BYTES, io!.elapsedMs), labels);
        if (busyMs !== undefined) round.add('disk.busy', percent(busyMs, busy!.elapsedMs), labels);
      }
    },
    forget: growth.forget,
    close: () => parts.diskstats.close(),
  };
}
