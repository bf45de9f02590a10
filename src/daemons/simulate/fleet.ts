// Generates a fleet of simulated hosts from a seed: ids, locations, uptimes, faults.
import type { Assignment } from '../../catalog/catalog.ts';
import { metricKind } from '../../domain/metric-kinds.ts';
import type { Facts, Labels } from '../../domain/tick.ts';
import { hexOf, keyOf, mix, unit } from './random.ts';

/**
 * leak: memory or a disk fills until nothing is left. burst: the CPU is full for half an hour, every few hours. reboot:
 * every 8 h. silent: the host stops reporting. dark: all hosts of a location stop.
 */
export const FAULTS = ['leak', 'burst', 'reboot', 'silent', 'dark'] as const;
export type Fault = (typeof FAULTS)[number];

export type Role = {
  readonly name: string;
  readonly cpus: readonly number[];
  readonly memoryGiB: readonly number[];
  /** Share of the CPU in the night, and what the middle of the day adds. */
  readonly idle: number;
  readonly span: number;
  /** Share of the memory without work. */
  readonly memory: number;
  /** Bytes a second at full work. */
  readonly network: number;
  readonly disk: number;
  readonly processes: number;
  /** A second disk, mounted at /data. */
  readonly dataGiB?: number;
};

export type SimulatedSeries = {
  readonly metric: string;
  readonly labels: Labels;
  /** Made from a counter's growth: there is none on the first tick after a boot. */
  readonly fromCounter: boolean;
};

export type HostLife = {
  /** Boots are at phaseMs + n * periodMs. */
  readonly periodMs: number;
  readonly phaseMs: number;
  /** How long it is down before each boot. */
  readonly downMs: number;
  /** From here on it never reports again. */
  /** From then on it does not report. */
  silentFromMs?: number;
};

export type SimulatedHost = {
  readonly hostId: string;
  readonly role: Role;
  readonly location: string;
  /** False: left for `hosts unmanaged` to find. */
  readonly assigned: boolean;
  readonly fault?: Fault;
  readonly machineId: string;
  readonly facts: Facts;
  /** Root of all that is random about the host. */
  readonly key: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootBytes: number;
  readonly dataBytes: number;
  readonly life: HostLife;
  /** The order of the values that hostValues() gives. */
  readonly series: readonly SimulatedSeries[];
};

export type Fleet = { readonly locations: readonly string[]; readonly hosts: readonly SimulatedHost[] };

export type FleetOptions = {
  readonly seed: number;
  readonly hosts: number;
  readonly locations: number;
  /** Default: none. */
  readonly faults?: readonly Fault[];
  /** When silent hosts and the dark location stop reporting. */
  readonly silentFromMs?: number;
  /** A boot of the hosts that reboot; the others are every 8 h from it. Default: at a time of its own for each. */
  readonly rebootMs?: number;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const MINUTE = 60_000;
const GIB = 2 ** 30;
const MB = 1e6;
const FIRST_LOCATION = 725;
const UNASSIGNED_EVERY = 20;
/** Hosts with each fault: one in so many, at most so many. */
const FAULTY_EVERY = 40;
const MOST_FAULTY = 5;
/** With fewer locations a dark one would be half of the fleet. */
const DARK_FROM_LOCATIONS = 3;
const ROLES = {
  web: { cpus: [8, 16], memoryGiB: [16, 32], idle: 0.06, span: 0.5, memory: 0.34, network: 88, disk: 4 },
  app: { cpus: [8, 16], memoryGiB: [32, 64], idle: 0.08, span: 0.55, memory: 0.5, network: 46, disk: 7 },
  cache: { cpus: [4, 8], memoryGiB: [64, 96], idle: 0.03, span: 0.24, memory: 0.72, network: 160, disk: 1 },
  db: { cpus: [16, 32], memoryGiB: [128], idle: 0.06, span: 0.36, memory: 0.7, network: 62, disk: 70 },
} as const;
/** Whose turn it is, host by host, over and over. */
const ROLE_CYCLE: readonly Role[] = (['web', 'db', 'app', 'web', 'cache', 'web', 'app'] as const).map(
  (name) => ({
    name,
    ...ROLES[name],
    network: ROLES[name].network * MB,
    disk: ROLES[name].disk * MB,
    processes: 140 + 40 * name.length,
    ...(name === 'db' && { dataGiB: 1_800 }),
  }),
);
const SYSTEMS = [
  { os: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-31-amd64' },
  { os: 'Ubuntu 24.04.2 LTS', kernel: '6.8.0-55-generic' },
] as const;

/** The same options give the same fleet, byte for byte. */
export function createFleet(options: FleetOptions): Fleet {
  const { seed, silentFromMs = Number.POSITIVE_INFINITY } = options;
  const locations = Array.from({ length: options.locations }, (_, i) => String(FIRST_LOCATION + i));
  const slots = slotsOf(options.hosts);
  const locationOf = ({ number, role }: Slot) => (number + role.name.length) % locations.length;
  const hasDark = options.faults?.includes('dark') && locations.length >= DARK_FROM_LOCATIONS;
  const isDark = (slot: Slot) => hasDark === true && locationOf(slot) === locations.length - 1;
  const faults = faultyHosts(options, (index) => !isUnassigned(index) && !isDark(slots[index]!));
  const addresses = createAddresses(options);
  // Ten thousand hosts have two different lists between them.
  const series = { plain: createSeries(false), withData: createSeries(true) };
  const hosts = slots.map((slot, index) => {
    const at = locationOf(slot);
    const location = locations[at]!;
    const fault = isDark(slot) ? 'dark' : faults.get(index);
    return createHost({
      ...slot,
      index,
      seed,
      location,
      address: addresses(at),
      fault,
      silentFromMs,
      rebootMs: options.rebootMs,
      series,
    });
  });
  return { locations, hosts };
}

/** What is to be assigned; some hosts are left for `hosts unmanaged`. */
export const assignmentsOf = (fleet: Fleet): Assignment[] =>
  fleet.hosts.filter((host) => host.assigned).map(({ hostId, location }) => ({ hostId, location }));

/** Number of the boot that a time belongs to. */
export const bootNumber = (life: HostLife, timeMs: number): number =>
  Math.floor((timeMs - life.phaseMs) / life.periodMs);

export const bootedAt = (life: HostLife, boot: number): number => life.phaseMs + boot * life.periodMs;

export function isUp(life: HostLife, timeMs: number): boolean {
  if (life.silentFromMs !== undefined && timeMs >= life.silentFromMs) return false;
  return timeMs < bootedAt(life, bootNumber(life, timeMs) + 1) - life.downMs;
}

/** The boot_id of a host's n-th boot, in the kernel's form. */
export function bootIdOf(host: SimulatedHost, boot: number): string {
  const salt = mix(host.key, boot);
  const hex = hexOf(keyOf(host.hostId, salt), 16) + hexOf(keyOf(host.machineId, salt), 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

type Slot = { readonly role: Role; readonly number: number; readonly hostId: string };

function slotsOf(hosts: number): Slot[] {
  const counts = new Map<string, number>();
  const numbered = Array.from({ length: hosts }, (_, i) => {
    const role = ROLE_CYCLE[i % ROLE_CYCLE.length]!;
    const number = (counts.get(role.name) ?? 0) + 1;
    counts.set(role.name, number);
    return { role, number };
  });
  return numbered.map(({ role, number }) => {
    const width = Math.max(2, String(counts.get(role.name)).length);
    return { role, number, hostId: `${role.name}-${String(number).padStart(width, '0')}` };
  });
}

const isUnassigned = (index: number) => index % UNASSIGNED_EVERY === 4;

/** Which hosts have which fault, by index; at most half of a small fleet. */
function faultyHosts(
  { seed, hosts, faults = [] }: FleetOptions,
  mayFail: (index: number) => boolean,
): Map<number, Fault> {
  const each = Math.min(MOST_FAULTY, Math.max(1, Math.floor(hosts / FAULTY_EVERY)));
  const wanted = Array.from({ length: each }, () => faults.filter((fault) => fault !== 'dark')).flat();
  const free = Array.from({ length: hosts }, (_, index) => index).filter(mayFail);
  const faulty = new Map<number, Fault>();
  for (const [turn, fault] of wanted.slice(0, Math.floor(hosts / 2)).entries()) {
    const [index] = free.splice(Math.floor(unit(mix(seed, 71), turn) * free.length), 1);
    if (index !== undefined) faulty.set(index, fault);
  }
  return faulty;
}

/** Each location has subnets of its own, one for every 250 hosts. */
function createAddresses(options: FleetOptions): (location: number) => string {
  const subnets = Math.ceil(options.hosts / 250);
  // A large fleet has more subnets than its locations need; packing them keeps all inside 10.0.0.0/8.
  const stride = Math.min(subnets, Math.max(1, Math.floor(60_000 / options.locations)));
  const taken = new Map<number, number>();
  return (location) => {
    const n = taken.get(location) ?? 0;
    taken.set(location, n + 1);
    const subnet = 16 * 256 + location * stride + Math.floor(n / 250);
    return `10.${(subnet >> 8) & 255}.${subnet & 255}.${(n % 250) + 2}`;
  };
}

function createHost(
  plan: Slot & {
    readonly index: number;
    readonly seed: number;
    readonly location: string;
    readonly address: string;
    readonly fault: Fault | undefined;
    readonly silentFromMs: number;
    readonly rebootMs: number | undefined;
    readonly series: {
      readonly plain: readonly SimulatedSeries[];
      readonly withData: readonly SimulatedSeries[];
    };
  },
): SimulatedHost {
  const { hostId, role, index, seed, location, fault } = plan;
  const key = keyOf(hostId, seed);
  const pick = <T>(from: readonly T[], salt: number): T => from[Math.floor(unit(key, salt) * from.length)]!;
  const cpus = pick(role.cpus, 1);
  const memoryBytes = pick(role.memoryGiB, 2) * GIB - Math.floor(unit(key, 3) * 400) * 2 ** 20;
  const assigned = !isUnassigned(index);
  // Every second unassigned host says its location; the others show it by their subnet.
  const hinted = !assigned && Math.floor(index / UNASSIGNED_EVERY) % 2 === 0;
  const system = pick(SYSTEMS, 7);
  const periodMs = fault === 'reboot' ? 8 * HOUR : Math.round((30 + 90 * unit(key, 6)) * DAY);
  return {
    hostId,
    role,
    location,
    assigned,
    ...(fault && { fault }),
    // Not from the seed: another seed's web-01 is the same machine, not a conflict of two.
    machineId: hexOf(keyOf(hostId, 0x6d616368), 16) + hexOf(keyOf(hostId, 0x696e6521), 16),
    facts: {
      ...system,
      arch: 'x64',
      cpu_model: 'AMD EPYC 7543 32-Core Processor',
      cpus: String(cpus),
      memory_bytes: String(memoryBytes),
      address: plan.address,
      addresses: plan.address,
      view: 'host',
      virtualization: 'kvm',
      ...(hinted && { location_hint: location }),
      simulated: 'true',
    },
    key,
    cpus,
    memoryBytes,
    rootBytes: pick([40, 80, 120], 9) * GIB,
    dataBytes: (role.dataGiB ?? 0) * GIB,
    life: {
      periodMs,
      phaseMs:
        fault === 'reboot' && plan.rebootMs !== undefined
          ? plan.rebootMs % periodMs
          : Math.floor(unit(key, 10) * periodMs),
      downMs: fault === 'reboot' ? 7 * MINUTE : 3 * MINUTE,
      ...((fault === 'silent' || fault === 'dark') && { silentFromMs: plan.silentFromMs }),
    },
    series: role.dataGiB === undefined ? plan.series.plain : plan.series.withData,
  };
}

function createSeries(withData: boolean): readonly SimulatedSeries[] {
  const disk = { device: 'vda' };
  const nic = { interface: 'eth0' };
  const plain = (...metrics: string[]) => metrics.map((metric): [string, Labels] => [metric, {}]);
  const space = (mount: string) =>
    ['disk.usage', 'disk.free', 'disk.inodes'].map((metric): [string, Labels] => [metric, { mount }]);
  const rows: [string, Labels][] = [
    ...plain('cpu.usage', 'cpu.iowait', 'cpu.steal', 'load.1', 'load.5', 'load.15', 'load.per_core'),
    ...plain('mem.usage', 'mem.available', 'swap.usage'),
    ...space('/'),
    ...['disk.read', 'disk.written', 'disk.busy'].map((metric): [string, Labels] => [metric, disk]),
    ...['net.received', 'net.sent', 'net.errors', 'net.drops'].map((metric): [string, Labels] => [
      metric,
      nic,
    ]),
    ...plain('procs.total', 'procs.blocked', 'uptime', 'clock.offset'),
    ...(withData ? space('/data') : []),
  ];
  return rows.map(([metric, labels]) => {
    const isRate = metricKind(metric)?.kind === 'rate';
    return { metric, labels, fromCounter: isRate || metric.startsWith('cpu.') || metric === 'disk.busy' };
  });
}
