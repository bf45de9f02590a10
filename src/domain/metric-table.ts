// The one table of metrics: name, label, unit, kind, meaning, source. Collectors, charts, rules and docs/metrics.md follow it.

export type MetricUnit =
  | 'percent'
  | 'bytes'
  | 'bytes_per_second'
  | 'per_second'
  | 'seconds'
  | 'celsius'
  | 'count';

export const KINDS = ['gauge', 'ratio', 'rate'] as const;

export type MetricKind = {
  readonly name: string;
  readonly unit: MetricUnit;
  /** gauge: a reading; ratio: 0..100; rate: a counter's growth a second, made by the agent. */
  readonly kind: (typeof KINDS)[number];
  readonly label?: string;
  /** Shown in `minimon metrics` without being asked for. */
  readonly headline?: boolean;
  readonly seed?: string;
  readonly means: string;
  /** Where the agent reads it on Linux. */
  readonly source: string;
  /** What else it could have meant, and why it has no series where there is none. */
  readonly choices?: string;
};

export const METRIC_KINDS: readonly MetricKind[] = [
  {
    name: 'cpu.usage',
    unit: 'percent',
    kind: 'ratio',
    headline: true,
    seed: 'CPU_Rate',
    means: 'CPU time not idle and not waiting for I/O',
    source: '/proc/stat',
    choices:
      'Waiting for I/O (iowait) counts as idle, as it is time in which a program could have run. In a container: of its CPU quota, or of the CPUs it is bound to, as the fact limits has it.',
  },
  {
    name: 'mem.usage',
    unit: 'percent',
    kind: 'ratio',
    headline: true,
    seed: 'Mem_Rate',
    means: 'memory that is not available to programs',
    source: '/proc/meminfo',
    choices:
      "Total minus available. ZFS's cache (ARC) counts as available down to its minimum; a pool of huge pages counts as used, whoever uses it. In a container: of its limit.",
  },
  {
    name: 'cpu.iowait',
    unit: 'percent',
    kind: 'ratio',
    means: 'CPU time idle while I/O was pending',
    source: '/proc/stat',
  },
  {
    name: 'cpu.steal',
    unit: 'percent',
    kind: 'ratio',
    means: 'CPU time taken by the hypervisor',
    source: '/proc/stat',
  },
  {
    name: 'load.1',
    unit: 'count',
    kind: 'gauge',
    headline: true,
    means: 'load average over 1 min',
    source: '/proc/loadavg',
    choices: 'Linux also counts tasks blocked on I/O.',
  },
  { name: 'load.5', unit: 'count', kind: 'gauge', means: 'load average over 5 min', source: '/proc/loadavg' },
  {
    name: 'load.15',
    unit: 'count',
    kind: 'gauge',
    means: 'load average over 15 min',
    source: '/proc/loadavg',
  },
  {
    name: 'load.per_core',
    unit: 'count',
    kind: 'gauge',
    means: 'load average over 15 min for each CPU',
    source: '/proc/loadavg, /proc/stat',
    choices: 'Of the CPUs that are online in the machine, also in a container.',
  },
  {
    name: 'mem.available',
    unit: 'bytes',
    kind: 'gauge',
    means: 'memory available to programs without swapping',
    source: '/proc/meminfo',
    choices:
      'As for mem.usage. Before Linux 3.14 the kernel does not report it: free, buffers, page cache and reclaimable slabs less shared memory.',
  },
  {
    name: 'swap.usage',
    unit: 'percent',
    kind: 'ratio',
    means: 'swap in use',
    source: '/proc/meminfo',
    choices: 'No series where there is no swap.',
  },
  {
    name: 'disk.usage',
    unit: 'percent',
    kind: 'ratio',
    label: 'mount',
    headline: true,
    means: 'used share of what ordinary users can write',
    source: 'statfs',
    choices:
      'Used / (used + free for ordinary users), as df has it: blocks reserved for root count as used up at 100 %. `/` always, whatever it is made of. Formats that are written once (squashfs, erofs, iso9660, udf, cramfs, romfs) are full by nature and left out (agent.fs_types.include); disks that are mounted read-only are not (agent.mounts.exclude).',
  },
  {
    name: 'disk.free',
    unit: 'bytes',
    kind: 'gauge',
    label: 'mount',
    means: 'space ordinary users can still write',
    source: 'statfs',
    choices: 'Without the blocks reserved for root.',
  },
  {
    name: 'disk.inodes',
    unit: 'percent',
    kind: 'ratio',
    label: 'mount',
    means: 'inodes in use',
    source: 'statfs',
    choices: 'No series where a file system has no fixed number of inodes (btrfs, vfat).',
  },
  {
    name: 'disk.read',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'device',
    means: 'bytes read',
    source: '/proc/diskstats',
    choices:
      'Whole devices; partitions are part of them. What a host sums are its physical devices (fact physical_devices), not the RAID, crypt and LVM above them. A multipath NVMe disk has the counters of its paths where it has none.',
  },
  {
    name: 'disk.written',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'device',
    means: 'bytes written',
    source: '/proc/diskstats',
  },
  {
    name: 'disk.busy',
    unit: 'percent',
    kind: 'ratio',
    label: 'device',
    means: 'time with I/O in flight',
    source: '/proc/diskstats',
    choices: '100 % does not mean saturated for devices that work in parallel (SSDs, arrays).',
  },
  {
    name: 'net.received',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'interface',
    headline: true,
    means: 'bytes received',
    source: '/proc/net/dev',
    choices:
      'What a host sums are its physical interfaces (fact physical_interfaces), not the bonds, bridges, VLANs and tunnels above them.',
  },
  {
    name: 'net.sent',
    unit: 'bytes_per_second',
    kind: 'rate',
    label: 'interface',
    headline: true,
    means: 'bytes sent',
    source: '/proc/net/dev',
  },
  {
    name: 'net.errors',
    unit: 'per_second',
    kind: 'rate',
    label: 'interface',
    means: 'errors, both directions',
    source: '/proc/net/dev',
  },
  {
    name: 'net.drops',
    unit: 'per_second',
    kind: 'rate',
    label: 'interface',
    means: 'dropped packets, both directions',
    source: '/proc/net/dev',
  },
  {
    name: 'procs.total',
    unit: 'count',
    kind: 'gauge',
    means: 'processes',
    source: '/proc',
    choices: 'No series where hidepid hides the processes of other users.',
  },
  {
    name: 'procs.blocked',
    unit: 'count',
    kind: 'gauge',
    means: 'processes blocked on I/O',
    source: '/proc/stat',
  },
  { name: 'uptime', unit: 'seconds', kind: 'gauge', means: 'time since boot', source: '/proc/uptime' },
  {
    name: 'pressure.cpu',
    unit: 'percent',
    kind: 'ratio',
    means: 'time in which at least one task waited for a CPU (PSI)',
    source: '/proc/pressure/cpu',
    choices:
      'The line "some" of all three, by the growth of its total over the tick: "full" does not exist for the CPU. In a container: of its cgroup. No series where the kernel does not measure it (before 4.20, or psi=0).',
  },
  {
    name: 'pressure.memory',
    unit: 'percent',
    kind: 'ratio',
    means: 'time in which at least one task waited for memory (PSI)',
    source: '/proc/pressure/memory',
  },
  {
    name: 'pressure.io',
    unit: 'percent',
    kind: 'ratio',
    means: 'time in which at least one task waited for I/O (PSI)',
    source: '/proc/pressure/io',
  },
  {
    name: 'fds.open',
    unit: 'count',
    kind: 'gauge',
    means: 'open file descriptions of the machine',
    source: '/proc/sys/fs/file-nr',
  },
  {
    name: 'fds.usage',
    unit: 'percent',
    kind: 'ratio',
    means: 'open file descriptions, of the most that the kernel allows',
    source: '/proc/sys/fs/file-nr',
    choices: 'Of fs.file-max; limits of users and processes are others.',
  },
  {
    name: 'conntrack.entries',
    unit: 'count',
    kind: 'gauge',
    means: 'connections that the firewall tracks',
    source: '/proc/sys/net/netfilter',
    choices:
      'Of the network namespace of the agent. No series where nothing is tracked (the module is not loaded).',
  },
  {
    name: 'conntrack.usage',
    unit: 'percent',
    kind: 'ratio',
    means: 'tracked connections, of the most that fit: when it is full new ones are dropped',
    source: '/proc/sys/net/netfilter',
  },
  {
    name: 'temperature',
    unit: 'celsius',
    kind: 'gauge',
    label: 'sensor',
    means: 'temperature of a sensor, named chip@device/label',
    source: '/sys/class/hwmon, else /sys/class/thermal',
    choices:
      'Read every 10 s at most. Single cores are left out by default (agent.sensors), their CPU has the hottest. Readings under -60 and over 150 °C are dropped. Not collected in a container.',
  },
  {
    name: 'units.failed',
    unit: 'count',
    kind: 'gauge',
    means: 'failed units of systemd',
    source: 'systemctl list-units',
    choices: 'Read once a minute. Only if systemd runs and the agent reads the root of its own system.',
  },
  {
    name: 'unit.failed',
    unit: 'count',
    kind: 'gauge',
    label: 'unit',
    means: '1 for each failed unit of systemd',
    source: 'systemctl list-units',
    choices: 'Only failed units have a series, at most 20.',
  },
  {
    name: 'textfile.age',
    unit: 'seconds',
    kind: 'gauge',
    label: 'file',
    means: 'time since a textfile of custom metrics was written',
    source: 'agent.textfile_dir',
    choices:
      'From the mtime of the file. Over agent.textfile_max_age its other samples are not collected, but this one is.',
  },
  {
    name: 'clock.offset',
    unit: 'seconds',
    kind: 'gauge',
    means: "report's clock minus this host's, corrected by half the round trip",
    source: 'the answers of report',
    choices: 'Not in a tick if report did not answer before it.',
  },
];
