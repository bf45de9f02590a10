// disk.read, disk.written and disk.busy from /proc/diskstats, by whole device.
import { messageOf } from '../../../domain/errors.ts';
import type { DeviceCollector, Round } from './collector.ts';
import { parseCounter, percent, perSecond } from './counters.ts';
import { type CounterGroup, createDeviceGrowth, type DeviceCounters } from './device-growth.ts';
import type { Filter } from './filters.ts';
import { labelsOfBytes, textOfBytes } from './filters.ts';
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
/** One of the defaults of the filter. */
const NVME_PATHS = 'nvme*c*n*';
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
      odd.push(`device ${textOfBytes(name)}`);
      continue;
    }
    if (known < groups.flat().length) odd.push(`device ${textOfBytes(name)}`);
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

/** The disk that a hidden path of NVMe multipath leads to: nvme0n1 of nvme0c1n1. */
function nvmeDiskOf(name: string): string | undefined {
  const match = /^(nvme\d+)c\d+(n\d+)$/.exec(name);
  return match ? `${match[1]}${match[2]}` : undefined;
}

/** Before Linux 6.5 a multipath disk counts nothing of what its paths do: then theirs are its counters. */
function withPaths(name: string, devices: ReadonlyMap<string, DeviceCounters>): DeviceCounters | undefined {
  const device = devices.get(name);
  const isSilent = device?.groups[0]?.every((counter) => Number(counter) === 0);
  if (!device || !isSilent || !/^nvme\d+n\d+$/.test(name)) return undefined;
  const paths = [...devices].filter(([path]) => nvmeDiskOf(path) === name);
  if (paths.length === 0) return undefined;
  const sum = (group: number, at: number) =>
    paths.reduce<bigint | undefined>((all, [, path]) => {
      const counter = path.groups[group]?.[at];
      return all === undefined || counter === undefined ? undefined : all + BigInt(counter);
    }, 0n);
  return {
    // A path more or less is another sum.
    identity: [device.identity, ...paths.map(([path]) => path)].join(' '),
    groups: device.groups.map((counters, group) => counters.map((_, at) => sum(group, at))),
  };
}

export function createDiskIoCollector(parts: {
  readonly diskstats: ProcFile;
  readonly filter: Filter;
  /** Names under /sys/block, in bytes as those of diskstats; empty where there is no sysfs. Throws if it is unreadable. */
  readonly listWhole: () => readonly string[];
}): DeviceCollector {
  let last: ReadonlyMap<string, string> = new Map();
  const growth = createDeviceGrowth('device', GROUPS);
  let partitions = { names: '', set: new Set<string>() };

  function partitionsAmong(round: Round, names: readonly string[]): ReadonlySet<string> {
    const key = names.join(' ');
    if (key === partitions.names) return partitions.set;
    const find = (whole: readonly string[]) => {
      const known = { whole: new Set(whole), all: new Set(names) };
      return new Set(names.filter((name) => isPartition(name, known)));
    };
    try {
      partitions = { names: key, set: find(parts.listWhole()) };
      return partitions.set;
    } catch (error) {
      round.fail('/sys/block', `partitions are recognized only by name: ${messageOf(error)}`);
      return find([]);
    }
  }

  function sampledOf(round: Round, devices: ReadonlyMap<string, DeviceCounters>) {
    const parted = partitionsAmong(round, [...devices.keys()]);
    const labelOf = labelsOfBytes([...devices.keys()]);
    const sampled = new Map<string, DeviceCounters>();
    const labels = new Map<string, string>();
    for (const [name, device] of devices) {
      const pattern = parts.filter.excludedBy(textOfBytes(name));
      // A path whose disk is not there stands for it.
      const isAlone = pattern === NVME_PATHS && !devices.has(nvmeDiskOf(name) ?? '');
      const isExcluded = pattern !== undefined && !isAlone;
      if (isExcluded) round.omit(`devices ${pattern}`, 'excluded by the filter');
      if (parted.has(name)) round.omit('partitions', 'their whole disks are sampled');
      if (isExcluded || parted.has(name)) continue;
      labels.set(name, labelOf.get(name)!);
      sampled.set(labelOf.get(name)!, withPaths(name, devices) ?? device);
    }
    last = labels;
    return sampled;
  }

  return {
    name: 'disk io',
    collect(round) {
      const { devices, odd } = parseDiskStats(parts.diskstats.text());
      for (const what of odd) round.fail(what, 'its line in /proc/diskstats cannot be parsed completely');
      const sampled = sampledOf(round, devices);
      for (const { name, groups } of growth.take(round, sampled)) {
        const [io, busy] = groups;
        const [, read, , written] = io?.grown ?? [];
        const busyMs = busy?.grown[0];
        const labels = { device: name };
        if (read !== undefined) round.add('disk.read', perSecond(read * SECTOR_BYTES, io!.elapsedMs), labels);
        if (written !== undefined)
          round.add('disk.written', perSecond(written * SECTOR_BYTES, io!.elapsedMs), labels);
        if (busyMs !== undefined) round.add('disk.busy', percent(busyMs, busy!.elapsedMs), labels);
      }
    },
    sampled: () => last,
    forget: growth.forget,
    close: () => parts.diskstats.close(),
  };
}
