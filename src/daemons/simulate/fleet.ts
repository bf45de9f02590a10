// A fleet of simulated hosts from a seed number: who they are, where they stand, and which of them has a story.
import type { Assignment } from '../../catalog/catalog.ts';
import { metricKind } from '../../domain/metric-kinds.ts';
import type { Facts, Labels } from '../../domain/tick.ts';
import type { HostLife } from './host-life.ts';
import { hexOf, keyOf, mix, unit } from './noise.ts';
import { ROLE_CYCLE, type Role } from './roles.ts';

/** hot: its CPU is nearly full. leak: its disk fills. reboots: every 20 h. silent: stopped reporting. */
export type Story = 'hot' | 'leak' | 'reboots' | 'silent';

export type SimulatedSeries = {
  readonly metric: string;
  readonly labels: Labels;
  /** Made from a counter's growth: there is none on the first tick after a boot. */
  readonly fromCounter: boolean;
};

export type SimulatedHost = {
  readonly hostId: string;
  readonly role: Role;
  readonly location: string;
  /** False: left for `hosts unmanaged` to find. */
  readonly assigned: boolean;
  readonly story?: Story;
  readonly machineId: string;
  readonly facts: Facts;
  /** Root of all that is random about the host. */
  readonly key: number;
  /** Root of what the hosts of a role have in common: they serve the same traffic. */
  readonly roleKey: number;
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly rootBytes: number;
  readonly dataBytes: number;
  readonly virtual: boolean;
  readonly life: HostLife;
  /** The order of the values that hostValues() gives. */
  readonly series: readonly SimulatedSeries[];
};

export type Fleet = {
  readonly seed: number;
  readonly locations: readonly string[];
  readonly hosts: readonly SimulatedHost[];
};

export type FleetOptions = {
  readonly seed: number;
  readonly hosts: number;
  readonly locations: number;
  /** When the host that goes silent does so. */
  readonly silentFromMs: number;
};

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const GIB = 2 ** 30;
const FIRST_LOCATION = 725;
const UNASSIGNED_EVERY = 20;
/** Which roles tell which story best; the first two need two hosts each, and so on: most hosts stay ordinary. */
const STORIES: readonly { readonly story: Story; readonly roles: readonly string[] }[] = [
  { story: 'hot', roles: ['app', 'web'] },
  { story: 'leak', roles: ['db', 'web'] },
  { story: 'reboots', roles: ['cache', 'build', 'web'] },
  { story: 'silent', roles: ['web', 'app'] },
];
const SYSTEMS = [
  { os: 'Debian GNU/Linux 12 (bookworm)', kernel: '6.1.0-31-amd64' },
  { os: 'Ubuntu 24.04.2 LTS', kernel: '6.8.0-55-generic' },
  { os: 'Rocky Linux 9.5 (Blue Onyx)', kernel: '5.14.0-503.26.1.el9_5.x86_64' },
] as const;
const CPU_MODELS = [
  'Intel(R) Xeon(R) Gold 6330 CPU @ 2.00GHz',
  'AMD EPYC 7543 32-Core Processor',
  'Intel(R) Xeon(R) Silver 4314 CPU @ 2.40GHz',
] as const;

/** The same options give the same fleet, byte for byte. */
export function createFleet(options: FleetOptions): Fleet {
  const locations = Array.from({ length: options.locations }, (_, i) => String(FIRST_LOCATION + i));
  const slots = rollCall(options.hosts);
  const stories = castStories(slots, options.seed);
  const addresses = createAddresses(options);
  // Ten thousand hosts have four different lists between them.
  const lists = new Map<string, readonly SimulatedSeries[]>();
  const seriesOf: typeof createSeries = (shape) => {
    const key = `${shape.virtual} ${shape.data}`;
    const list = lists.get(key) ?? createSeries(shape);
    lists.set(key, list);
    return list;
  };
  const hosts = slots.map((slot, index) => {
    const room = (slot.number + slot.role.name.length) % locations.length;
    return createHost({
      ...slot,
      index,
      seed: options.seed,
      location: locations[room]!,
      address: addresses(room),
      story: stories.get(index),
      silentFromMs: options.silentFromMs,
      seriesOf,
    });
  });
  return { seed: options.seed, locations, hosts };
}

/** What the inventory should be told; hosts that nobody assigned are left out. */
export const assignmentsOf = (fleet: Fleet): Assignment[] =>
  fleet.hosts.filter((host) => host.assigned).map(({ hostId, location }) => ({ hostId, location }));

/** The boot_id of a host's n-th boot, in the kernel's form. */
export function bootIdOf(host: SimulatedHost, boot: number): string {
  const salt = mix(host.key, boot);
  const hex = hexOf(keyOf(host.hostId, salt), 16) + hexOf(keyOf(host.machineId, salt), 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

type Slot = { readonly role: Role; readonly number: number; readonly hostId: string };

function rollCall(hosts: number): Slot[] {
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

function castStories(slots: readonly Slot[], seed: number): Map<number, Story> {
  const cast = new Map<number, Story>();
  STORIES.slice(0, Math.floor(slots.length / 2)).forEach(({ story, roles }, turn) => {
    const free = slots.map((_, index) => index).filter((index) => !cast.has(index) && !isUnassigned(index));
    const fitting = roles
      .map((role) => free.filter((index) => slots[index]!.role.name === role))
      .find((candidates) => candidates.length > 0);
    const candidates = fitting ?? free;
    const chosen = candidates[Math.floor(unit(mix(seed, 71), turn) * candidates.length)];
    if (chosen !== undefined) cast.set(chosen, story);
  });
  return cast;
}

/** Each room has subnets of its own, one for every 250 hosts. */
function createAddresses(options: FleetOptions): (room: number) => string {
  const subnetsOfRoom = Math.ceil(options.hosts / 250);
  // A large fleet has more subnets than its rooms need; packing them keeps all inside 10.0.0.0/8.
  const stride = Math.min(subnetsOfRoom, Math.max(1, Math.floor(60_000 / options.locations)));
  const taken = new Map<number, number>();
  return (room) => {
    const n = taken.get(room) ?? 0;
    taken.set(room, n + 1);
    const subnet = 16 * 256 + room * stride + Math.floor(n / 250);
    return `10.${(subnet >> 8) & 255}.${subnet & 255}.${(n % 250) + 2}`;
  };
}

function createHost(
  plan: Slot & {
    index: number;
    seed: number;
    location: string;
    address: string;
    story: Story | undefined;
    silentFromMs: number;
    seriesOf: typeof createSeries;
  },
): SimulatedHost {
  const { hostId, role, index, seed, location, story } = plan;
  const key = keyOf(hostId, seed);
  const pick = <T>(from: readonly T[], salt: number): T => from[Math.floor(unit(key, salt) * from.length)]!;
  const cpus = pick(role.cpus, 1);
  const memoryBytes = pick(role.memoryGiB, 2) * GIB - Math.floor(unit(key, 3) * 400) * 2 ** 20;
  const virtual = unit(key, 4) < 0.6;
  const assigned = !isUnassigned(index);
  // Half of what nobody assigned says itself where it stands; the rest shows by its subnet and its name.
  const hinted = assigned ? unit(key, 5) < 0.3 : Math.floor(index / UNASSIGNED_EVERY) % 2 === 0;
  const periodMs = story === 'reboots' ? 20 * HOUR : Math.round((30 + 90 * unit(key, 6)) * DAY);
  return {
    hostId,
    role,
    location,
    assigned,
    ...(story ? { story } : {}),
    // Not from the seed: another seed's web-01 is the same machine with another life, not a conflict of two.
    machineId: hexOf(keyOf(hostId, 0x6d616368), 16) + hexOf(keyOf(hostId, 0x696e6521), 16),
    facts: {
      os: pick(SYSTEMS, 7).os,
      kernel: pick(SYSTEMS, 7).kernel,
      arch: 'x64',
      cpu_model: pick(CPU_MODELS, 8),
      cpus: String(cpus),
      memory_bytes: String(memoryBytes),
      address: plan.address,
      addresses: plan.address,
      view: 'host',
      virtualization: virtual ? 'kvm' : 'none',
      ...(hinted ? { location_hint: location } : {}),
      simulated: 'true',
    },
    key,
    roleKey: keyOf(role.name, seed),
    cpus,
    memoryBytes,
    rootBytes: pick([40, 80, 80, 120], 9) * GIB,
    dataBytes: (role.dataGiB ?? 0) * GIB,
    virtual,
    life: {
      periodMs,
      phaseMs: Math.floor(unit(key, 10) * periodMs),
      downMs: story === 'reboots' ? 7 * 60_000 : Math.round((1.5 + 3 * unit(key, 11)) * 60_000),
      ...(story === 'silent' ? { silentFromMs: plan.silentFromMs } : {}),
    },
    series: plan.seriesOf({ virtual, data: role.dataGiB !== undefined }),
  };
}

function createSeries(shape: { virtual: boolean; data: boolean }): readonly SimulatedSeries[] {
  const disk = { device: shape.virtual ? 'vda' : 'nvme0n1' };
  const nic = { interface: shape.virtual ? 'eth0' : 'eno1' };
  const rows: [string, Labels][] = [
    ['cpu.usage', {}],
    ['cpu.iowait', {}],
    ['cpu.steal', {}],
    ['load.1', {}],
    ['load.5', {}],
    ['load.15', {}],
    ['mem.usage', {}],
    ['mem.available', {}],
    ['swap.usage', {}],
    ['disk.usage', { mount: '/' }],
    ['disk.free', { mount: '/' }],
    ['disk.inodes', { mount: '/' }],
    ['disk.read', disk],
    ['disk.written', disk],
    ['disk.busy', disk],
    ['net.received', nic],
    ['net.sent', nic],
    ['net.errors', nic],
    ['net.drops', nic],
    ['procs.total', {}],
    ['procs.blocked', {}],
    ['uptime', {}],
    ['clock.offset', {}],
  ];
  if (shape.data) {
    rows.push(['disk.usage', { mount: '/data' }], ['disk.free', { mount: '/data' }]);
    rows.push(['disk.inodes', { mount: '/data' }]);
  }
  return rows.map(([metric, labels]) => {
    const isRate = metricKind(metric)?.kind === 'rate';
    return { metric, labels, fromCounter: isRate || metric.startsWith('cpu.') || metric === 'disk.busy' };
  });
}
