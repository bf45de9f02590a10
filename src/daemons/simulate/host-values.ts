// What a simulated host's agent would read at a time, rounded as an agent rounds: a day's sine with noise on it, and its
// fault. CPU, load, network, disk and memory follow from the same work, so that they rise and fall together.
import { percent, perSecond } from '../agent/collectors/counters.ts';
import { bootedAt, bootNumber, type SimulatedHost } from './fleet.ts';
import { mix, unit, wander } from './random.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DISK_BYTES_PER_SECOND = 420e6;
const PEAK_MS = 15 * HOUR;
const BURST_EVERY_MS = 3 * HOUR;
const BURST_MS = 30 * MINUTE;
const LEAK_MS = { memory: 10 * HOUR, disk: 3 * DAY };

/** Salts of what is random about a host, so that no two of its properties move together by accident. */
const SALT = {
  phase: 21,
  slow: 22,
  fast: 23,
  burst: 24,
  memory: 41,
  root: 43,
  data: 44,
  disk: 46,
  net: 47,
} as const;
const CLOCK_SALT = 49;
const LEAK_SALT = 52;

/**
 * Fills `into` with the host's values in the order of host.series. The same (seed, host, time, interval) gives the same
 * doubles. The host must be up.
 */
export function hostValues(
  host: SimulatedHost,
  { timeMs, intervalMs }: { readonly timeMs: number; readonly intervalMs: number },
  into: Float64Array,
): void {
  const { key, role, cpus } = host;
  const work = workAt(host, timeMs);
  const bootMs = bootedAt(host.life, bootNumber(host.life, timeMs));
  // A rate comes from a counter, which grows by whole bytes.
  const counted = (rate: number) => perSecond(Math.round((rate * intervalMs) / 1_000), intervalMs);
  const noise = (salt: number, periodMs: number) => wander(mix(key, salt), timeMs, periodMs);

  const io = role.disk * (0.1 + work) * (1 + 0.3 * noise(SALT.disk, 4 * MINUTE));
  const busy = Math.min(1, (1.6 * io) / DISK_BYTES_PER_SECOND);
  const iowait = Math.min(0.1 * busy, 1 - work);
  let i = 0;
  into[i++] = share(work);
  into[i++] = share(iowait);
  into[i++] = 0;

  const before = (minutes: number) => workAt(host, timeMs - minutes * MINUTE);
  const ago2 = before(2);
  const ago5 = before(5);
  into[i++] = hundredths(0.7 * work * cpus + 0.3 * before(1) * cpus);
  into[i++] = hundredths((0.4 * work + 0.35 * ago2 + 0.25 * ago5) * cpus);
  const lately = 0.25 * work + 0.25 * ago2 + 0.25 * ago5 + 0.25 * before(12);
  into[i++] = hundredths(lately * cpus);
  into[i++] = hundredths(lately);

  const calm =
    role.memory + 0.1 * work + 0.05 * (unit(key, SALT.memory) - 0.5) + 0.02 * noise(SALT.memory, 3 * HOUR);
  const used = leaks(host, 'memory') ? calm + (0.985 - calm) * leaked(host, timeMs, LEAK_MS.memory) : calm;
  const available = Math.round((host.memoryBytes * (1 - used)) / 1_024) * 1_024;
  into[i++] = share(1 - available / host.memoryBytes);
  into[i++] = available;
  into[i++] = share(Math.max(0, used - 0.9));

  const root = 0.25 + 0.35 * unit(key, SALT.root) + 0.01 * noise(SALT.root, 9 * HOUR);
  const full = leaks(host, 'disk') ? root + (0.995 - root) * leaked(host, timeMs, LEAK_MS.disk) : root;
  i = diskSpace(host.rootBytes, full, into, i);
  into[i++] = counted(0.6 * io);
  into[i++] = counted(io);
  into[i++] = share(busy);

  const traffic = role.network * (0.01 + work) * (1 + 0.1 * noise(SALT.net, 5 * MINUTE));
  into[i++] = counted(0.4 * traffic);
  into[i++] = counted(traffic);
  into[i++] = 0;
  into[i++] = 0;

  into[i++] = Math.round(role.processes * (1 + 0.25 * work));
  into[i++] = Math.round(iowait * 20);
  into[i++] = hundredths((timeMs - bootMs) / 1_000);
  // Two clocks' milliseconds, halved, as an agent finds it; adding 0 turns -0 into 0.
  into[i++] = Math.round(10 * noise(CLOCK_SALT, 4 * HOUR)) / 2_000 + 0;
  if (host.dataBytes > 0) {
    diskSpace(host.dataBytes, 0.3 + 0.3 * unit(key, SALT.data) + 0.02 * noise(SALT.data, DAY), into, i);
  }
}

/** Work as a share of the host's CPUs: a sine over the day, each host a little earlier or later, and noise. */
function workAt(host: SimulatedHost, timeMs: number): number {
  const { key, role } = host;
  const phaseMs = (unit(key, SALT.phase) - 0.5) * 2 * HOUR;
  const day = 0.5 + 0.5 * Math.cos((2 * Math.PI * (timeMs - PEAK_MS - phaseMs)) / DAY);
  const slow = 0.14 * wander(mix(key, SALT.slow), timeMs, 2 * HOUR);
  const fast = 0.06 * wander(mix(key, SALT.fast), timeMs, 7 * MINUTE);
  const work = role.idle + role.span * (0.15 + 0.7 * day) * (1 + slow + fast);
  return host.fault === 'burst' ? Math.max(work, burstAt(key, timeMs)) : work;
}

/** Nearly all of the CPU for half an hour out of every three. */
function burstAt(key: number, timeMs: number): number {
  const slot = Math.floor(timeMs / BURST_EVERY_MS);
  const startMs = slot * BURST_EVERY_MS + unit(mix(key, SALT.burst), slot) * (BURST_EVERY_MS - BURST_MS);
  const inBurst = timeMs >= startMs && timeMs < startMs + BURST_MS;
  return inBurst ? 0.97 + 0.02 * wander(mix(key, SALT.burst), timeMs, 3 * MINUTE) : 0;
}

const leaks = (host: SimulatedHost, what: 'memory' | 'disk') =>
  host.fault === 'leak' &&
  (host.dataBytes > 0 || unit(host.key, LEAK_SALT) < 0.5 ? 'disk' : 'memory') === what;

/** 0 to 1: full for the last quarter, until somebody cleans up. */
const leaked = (host: SimulatedHost, timeMs: number, periodMs: number) =>
  Math.min(1, (((timeMs / periodMs + unit(host.key, LEAK_SALT + 1)) % 1) * 4) / 3);

function diskSpace(bytes: number, usedShare: number, into: Float64Array, at: number): number {
  const free = Math.floor((bytes * (1 - usedShare)) / 4_096) * 4_096;
  into[at] = share(1 - free / bytes);
  into[at + 1] = free;
  into[at + 2] = share(0.01 + usedShare * 0.1);
  return at + 3;
}

const hundredths = (value: number) => Math.round(value * 100) / 100;
const share = (part: number) => percent(part, 1);
