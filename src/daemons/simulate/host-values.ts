// What a simulated host's agent would read at a time, rounded as an agent rounds. CPU, load, network, disk and memory
// all follow from the same work, so that they rise and fall together.

import { percent, perSecond } from '../agent/collectors/counters.ts';
import { backupAt, demandAt } from './demand.ts';
import type { SimulatedHost } from './fleet.ts';
import { bootedAt, bootNumber } from './host-life.ts';
import { mix, unit, wander } from './noise.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const DISK_BYTES_PER_SECOND = 420e6;

const SALT = {
  memory: 41,
  swap: 42,
  root: 43,
  data: 44,
  network: 45,
  disk: 46,
  processes: 47,
  faults: 48,
  clock: 49,
  wait: 50,
  steal: 51,
  leak: 52,
} as const;

/**
 * Fills `into` with the host's values in the order of host.series. The same (seed, host, time, interval) gives the same
 * doubles. The host must be up.
 */
export function hostValues(
  host: SimulatedHost,
  at: { readonly timeMs: number; readonly intervalMs: number },
  into: Float64Array,
): void {
  const { key, role, cpus } = host;
  const { timeMs } = at;
  const work = demandAt(host, timeMs);
  const backup = backupAt(host, timeMs);
  const bootMs = bootedAt(host.life, bootNumber(host.life, timeMs));
  // A rate comes from a counter, which grows by whole bytes.
  const counted = (rate: number) => perSecond(Math.round((rate * at.intervalMs) / 1_000), at.intervalMs);

  const io = 1 + 0.35 * wander(mix(key, SALT.disk), timeMs, 4 * MINUTE);
  const read = role.read * work * io + backup * 165e6;
  const flushes = 1 + 0.3 * wander(mix(key, SALT.disk + 64), timeMs, 3 * MINUTE);
  const written = role.written * (0.06 + work) * flushes;
  const busy = saturated((read + written) / DISK_BYTES_PER_SECOND);
  const iowait =
    busy * (0.1 + 0.05 * wander(mix(key, SALT.wait), timeMs, 3 * MINUTE)) * (1 - saturated(work));
  const steal = host.virtual
    ? Math.max(0, wander(mix(key, SALT.steal), timeMs, 70 * MINUTE) - 0.55) * 0.06
    : 0;
  const usage = saturated(work + 0.05 * backup);

  let i = 0;
  into[i++] = share(usage);
  into[i++] = share(Math.min(iowait, 1 - usage));
  into[i++] = share(Math.min(steal, 1 - usage));

  const waiting = iowait * cpus;
  const recent = work * 0.65 + demandAt(host, timeMs - MINUTE) * 0.35;
  const ago3 = demandAt(host, timeMs - 3 * MINUTE);
  const ago8 = demandAt(host, timeMs - 8 * MINUTE);
  const ago15 = demandAt(host, timeMs - 15 * MINUTE);
  into[i++] = hundredths(recent * cpus + waiting);
  into[i++] = hundredths((recent * 0.45 + ago3 * 0.4 + ago8 * 0.15) * cpus + waiting * 0.8);
  into[i++] = hundredths((recent * 0.2 + ago3 * 0.25 + ago8 * 0.3 + ago15 * 0.25) * cpus + waiting * 0.6);

  const sinceBoot = Math.min(1, (timeMs - bootMs) / (6 * HOUR));
  const memoryShare =
    (role.memory.base * (0.35 + 0.65 * sinceBoot) +
      role.memory.swing * Math.min(1.15, work) +
      7 * (unit(key, SALT.memory) - 0.5) +
      2.5 * wander(mix(key, SALT.memory), timeMs, 3 * HOUR) +
      0.4 * wander(mix(key, SALT.memory + 64), timeMs, 9 * MINUTE)) /
    100;
  const available = Math.round((host.memoryBytes * (1 - clamp(memoryShare, 0.02, 0.97))) / 1_024) * 1_024;
  into[i++] = share(1 - available / host.memoryBytes);
  into[i++] = available;
  const swaps =
    unit(key, SALT.swap) < 0.15 ? 0.08 + 0.05 * wander(mix(key, SALT.swap), timeMs, 11 * HOUR) : 0;
  into[i++] = share(swaps * sinceBoot);

  i = disk(
    { host, timeMs, bytes: host.rootBytes, usedShare: rootShare(host, timeMs), salt: SALT.root },
    into,
    i,
  );
  into[i++] = counted(read);
  into[i++] = counted(written);
  into[i++] = share(busy);

  const network = 1 + 0.2 * wander(mix(key, SALT.network), timeMs, 5 * MINUTE);
  // What waits is not served: traffic stops growing where the CPU does.
  const served = 0.01 + saturated(work);
  into[i++] = counted(role.received * served * network);
  const answers = 1 + 0.08 * wander(mix(key, SALT.network + 64), timeMs, 11 * MINUTE);
  into[i++] = counted(role.sent * served * network * answers + backup * 118e6);
  // Faults come in hours of their own, rarely, and then only a few at a time.
  const faulty = unit(mix(key, SALT.faults), Math.floor(timeMs / HOUR)) < 0.012;
  const fault = faulty ? Math.max(0, wander(mix(key, SALT.faults), timeMs, 8 * MINUTE)) : 0;
  into[i++] = counted(fault * 0.4);
  into[i++] = counted(fault * 6 * served);

  into[i++] = Math.round(
    role.processes *
      (1 + 0.25 * saturated(work) + 0.03 * wander(mix(key, SALT.processes), timeMs, 20 * MINUTE)),
  );
  into[i++] = Math.round(iowait * 60);
  into[i++] = hundredths((timeMs - bootMs) / 1_000);
  const driftMs = 4 * wander(mix(key, SALT.clock), timeMs, 4 * HOUR);
  const jitterMs = wander(mix(key, SALT.clock + 64), timeMs, 90_000);
  // Two clocks' milliseconds, halved, as an agent finds it; adding 0 turns -0 into 0.
  into[i++] = Math.round(2 * (driftMs + jitterMs)) / 2_000 + 0;
  if (host.dataBytes > 0) {
    disk(
      { host, timeMs, bytes: host.dataBytes, usedShare: dataShare(host, timeMs), salt: SALT.data },
      into,
      i,
    );
  }
}

function disk(
  of: {
    readonly host: SimulatedHost;
    readonly timeMs: number;
    readonly bytes: number;
    readonly usedShare: number;
    readonly salt: number;
  },
  into: Float64Array,
  at: number,
): number {
  const used = clamp(of.usedShare, 0.01, 0.995);
  const free = Math.floor((of.bytes * (1 - used)) / 4_096) * 4_096;
  into[at] = share(1 - free / of.bytes);
  into[at + 1] = free;
  into[at + 2] = share(0.01 + used * (0.05 + 0.15 * unit(of.host.key, of.salt + 128)));
  return at + 3;
}

/** Logs grow by the day and are rotated; the leaking host's grow for four weeks before somebody looks. */
function rootShare(host: SimulatedHost, timeMs: number): number {
  const { key } = host;
  const rotated = (timeMs / DAY + unit(key, SALT.root)) % 1;
  const logs = 0.004 + 0.016 * unit(key, SALT.root + 1);
  const base =
    host.story === 'leak' ? 0.4 + 0.56 * leaked(host, timeMs) : 0.22 + 0.36 * unit(key, SALT.root + 2);
  return base + logs * rotated + 0.0008 * wander(mix(key, SALT.root), timeMs, 25 * MINUTE);
}

const leaked = (host: SimulatedHost, timeMs: number) => (timeMs / (28 * DAY) + unit(host.key, SALT.leak)) % 1;

/** Databases and queues grow by the month until they are archived; builds fill by day and are cleaned at night. */
function dataShare(host: SimulatedHost, timeMs: number): number {
  const { key, role } = host;
  const days = role.name === 'build' || role.name === 'batch' ? 1 : 40 + 60 * unit(key, SALT.data);
  const grown = (timeMs / (days * DAY) + unit(key, SALT.data + 1)) % 1;
  return (
    0.3 + 0.2 * unit(key, SALT.data + 2) + 0.26 * grown + 0.001 * wander(mix(key, SALT.data), timeMs, HOUR)
  );
}

/** What is left of more and more work when there is only so much: straight up to 0.7, then ever closer to 1. */
const saturated = (work: number) => (work <= 0.7 ? work : 0.7 + 0.3 * (1 - Math.exp((0.7 - work) / 0.3)));
const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));
const hundredths = (value: number) => Math.round(value * 100) / 100;
const share = (part: number) => percent(part, 1);
