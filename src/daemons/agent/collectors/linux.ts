// The collectors of a Linux host: /proc, /sys and statfs, below a root.
import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { ExpectedError, messageOf } from '../../../domain/errors.ts';
import { runCommand } from '../run-command.ts';
import { createCgroup } from './cgroup.ts';
import type { Collector, DeviceCollector, HostReaders, Round } from './collector.ts';
import type { View } from './container.ts';
import { createCpuCollector } from './cpu.ts';
import { createDiskIoCollector } from './disk-io.ts';
import { createDiskSpaceCollector } from './disk-space.ts';
import { createFailedUnitsCollector, LIST_FAILED_UNITS, SYSTEMCTL_LIMITS } from './failed-units.ts';
import { createFilter, DEFAULT_EXCLUDES, type FilterOptions } from './filters.ts';
import { createKernelTablesCollector } from './kernel-tables.ts';
import { physicalDevices, physicalInterfaces } from './layers.ts';
import { createLoadCollector } from './load.ts';
import { createMemoryCollector } from './memory.ts';
import { createMountSource, createNetDevSource } from './namespace-files.ts';
import { createNetworkCollector } from './network.ts';
import { createPressureCollector, type Pressure } from './pressure.ts';
import { createProcFile, isAbsent, type ProcFile, pathOfBytes, readIfThere } from './proc-file.ts';
import { createProcessesCollector } from './processes.ts';
import { createTemperatureCollector } from './temperature.ts';
import { createUptimeCollector, parseUptime } from './uptime.ts';

export type Filters = Readonly<Record<keyof typeof DEFAULT_EXCLUDES, FilterOptions>>;

export type LinuxOptions = {
  readonly root: string;
  readonly view: View;
  readonly filters: Filters;
  /** How long one file system may take to answer. */
  readonly statfsBoundMs: number;
};

export function createLinuxReaders(options: LinuxOptions): HostReaders {
  const root = realRoot(options.root);
  const at = (path: string) => join(root, path);
  const file = (path: string) => createProcFile(at(path));
  const filter = (kind: keyof Filters) => createFilter(options.filters[kind], DEFAULT_EXCLUDES[kind]);
  const inContainer = options.view === 'container';
  const cgroup = inContainer ? createCgroup(root) : undefined;

  const stat = file('proc/stat');
  const readStat = oncePerRound(() => stat.text());
  const bootId = file('proc/sys/kernel/random/boot_id');
  const uptime = file('proc/uptime');
  const network = createNetworkCollector({
    netDev: createNetDevSource(root),
    filter: filter('interfaces'),
    indexOf: (name) => quietly(() => readIfThere(pathOfBytes(at('sys/class/net/'), name, '/ifindex'))),
  });
  const diskIo = createDiskIoCollector({
    diskstats: createProcFile(at('proc/diskstats'), 'latin1'),
    filter: filter('devices'),
    listWhole: () => listIfThere(at('sys/block')),
  });

  return {
    collectors: [
      createCpuCollector({ readStat, cgroup }),
      createMemoryCollector({
        meminfo: file('proc/meminfo'),
        arcstats: inContainer ? undefined : file('proc/spl/kstat/zfs/arcstats'),
        cgroup,
      }),
      createLoadCollector({ loadavg: file('proc/loadavg'), readStat }),
      createProcessesCollector({ procPath: at('proc'), readStat }),
      createUptimeCollector(file('proc/uptime')),
      createDiskSpaceCollector({
        root,
        mountSource: createMountSource(root),
        mounts: filter('mounts'),
        fsTypes: filter('fsTypes'),
        inContainer,
        boundMs: options.statfsBoundMs,
      }),
      network,
      diskIo,
      createPressureCollector(pressureFiles(inContainer ? 'sys/fs/cgroup' : undefined, file)),
      createKernelTablesCollector({
        fileNr: file('proc/sys/fs/file-nr'),
        conntrackCount: file('proc/sys/net/netfilter/nf_conntrack_count'),
        conntrackMax: file('proc/sys/net/netfilter/nf_conntrack_max'),
      }),
      // The sensors and services of a machine are none of a container's.
      ...(inContainer
        ? []
        : [createTemperatureCollector({ classPath: at('sys/class'), filter: filter('sensors') })]),
      ...(!inContainer && root === '/' && existsSync('/run/systemd/system') ? [failedUnits()] : []),
    ],
    readBootId: () => quietly(() => bootId.text().trim() || undefined),
    readUptimeMs: () => quietly(() => parseUptime(uptime.text()) * 1_000),
    readPhysical: () => ({
      device: labelsOf(diskIo, (names) => physicalDevices(at('sys/block'), names)),
      interface: labelsOf(network, (names) => physicalInterfaces(at('sys/class/net'), names)),
    }),
    close() {
      for (const file of [stat, bootId, uptime, cgroup]) file?.close();
    },
  };
}

const failedUnits = (): Collector =>
  createFailedUnitsCollector({
    list: (signal) => runCommand(LIST_FAILED_UNITS, { ...SYSTEMCTL_LIMITS, signal }),
  });

/** A container's own, from its cgroup (version 2); else the machine's. */
function pressureFiles(cgroup: string | undefined, file: (path: string) => ProcFile) {
  const pathOf = (resource: Pressure) =>
    cgroup === undefined ? `proc/pressure/${resource}` : `${cgroup}/${resource}.pressure`;
  const [cpu, memory, io] = [file(pathOf('cpu')), file(pathOf('memory')), file(pathOf('io'))];
  return { cpu, memory, io };
}

function realRoot(root: string): string {
  try {
    return realpathSync(root);
  } catch (error) {
    throw new ExpectedError('FILE_MISSING', `cannot read the root ${root}: ${messageOf(error)}`, {
      hint: 'Give the directory under which proc, sys and etc of the host are mounted, such as --root /host.',
    });
  }
}

function labelsOf(
  collector: DeviceCollector,
  choose: (names: readonly string[]) => readonly string[],
): readonly string[] {
  const labelOf = collector.sampled();
  return choose([...labelOf.keys()]).map((name) => labelOf.get(name)!);
}

function oncePerRound(read: () => string): (round: Round) => string {
  let last: { number: number; text: string } | undefined;
  return (round) => {
    if (last?.number !== round.number) last = { number: round.number, text: read() };
    return last.text;
  };
}

function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

/** Names in bytes, one character a byte. Empty where there is no such directory; throws where it cannot be read. */
function listIfThere(path: string): readonly string[] {
  try {
    return readdirSync(path, 'latin1');
  } catch (error) {
    if (isAbsent(error)) return [];
    throw error;
  }
}
