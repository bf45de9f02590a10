// How much work a simulated host has at a time: daily rhythm, what its role shares, its own wandering, bursts.
import type { SimulatedHost } from './fleet.ts';
import { mix, unit, wander } from './noise.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Salts of what is random about a host, so that no two of its properties move together by accident. */
const SALT = {
  phase: 21,
  size: 22,
  slow: 23,
  middle: 24,
  fast: 25,
  quick: 26,
  burst: 27,
  shared: 28,
} as const;

/**
 * Work as a share of the host's CPUs: 0 upwards, above 1 when more waits than can run. Smooth over a minute. Works from
 * numbers alone (no state), because charts, restarts and several runs at once must agree on the past.
 */
export function demandAt(host: SimulatedHost, timeMs: number): number {
  const { key, role } = host;
  const size = 0.72 + 0.56 * unit(key, SALT.size);
  const shared = wander(mix(host.roleKey, SALT.shared), timeMs, 95 * MINUTE);
  const own =
    0.16 * wander(mix(key, SALT.slow), timeMs, 5 * HOUR) +
    0.13 * wander(mix(key, SALT.middle), timeMs, 47 * MINUTE) +
    0.1 * wander(mix(key, SALT.fast), timeMs, 6.5 * MINUTE);
  const steady = role.span * size * rhythmAt(host, timeMs) * (1 + 0.1 * shared + own);
  const quick = (0.006 + 0.05 * steady) * wander(mix(key, SALT.quick), timeMs, 130_000);
  const work = Math.max(0.003, role.idle + steady + quick + burstAt(host, timeMs));
  // Requests go round and round on the hot host: it is full by night too, only a little less.
  return host.story === 'hot' ? 0.96 + 0.5 * work : work;
}

/** Between 0 and 1 over the day, each host a little earlier or later than its role. */
function rhythmAt(host: SimulatedHost, timeMs: number): number {
  const hours = timeMs / HOUR + (unit(host.key, SALT.phase) - 0.5);
  const from = Math.floor(hours);
  const f = hours - from;
  return hourly(host, from) * (1 - f) + hourly(host, from + 1) * f;
}

function hourly(host: SimulatedHost, hour: number): number {
  const day = Math.floor(hour / 24);
  // The epoch was a Thursday.
  const weekday = (day + 4) % 7;
  const share = host.role.hours[hour - day * 24]!;
  return weekday === 0 || weekday === 6 ? share * host.role.weekend : share;
}

/** A burst rises within its first sixth, holds, and falls away; it stays inside its slot of time. */
function burstAt(host: SimulatedHost, timeMs: number): number {
  const { everyMs, chance, height } = host.role.burst;
  const slot = Math.floor(timeMs / everyMs);
  const dice = mix(mix(host.key, SALT.burst), slot);
  const busy = 0.25 + 0.75 * rhythmAt(host, (slot + 0.5) * everyMs);
  if (unit(dice, 1) >= chance * busy) return 0;
  const length = everyMs * (0.06 + 0.3 * unit(dice, 2));
  const start = slot * everyMs + unit(dice, 3) * (everyMs - length);
  const f = (timeMs - start) / length;
  if (f <= 0 || f >= 1) return 0;
  const shape = f < 1 / 6 ? f * 6 : f > 0.7 ? (1 - f) / 0.3 : 1;
  return height * (0.45 + 0.55 * unit(dice, 4)) * shape;
}

/** 0 to 1: how far the nightly copy is under way; begins between 01:00 and 03:00 and takes under an hour. */
export function backupAt(host: SimulatedHost, timeMs: number): number {
  if (!host.role.nightlyBackup) return 0;
  const start = (1 + 2 * unit(host.key, SALT.phase)) * HOUR;
  const f = ((timeMs % DAY) - start) / (52 * MINUTE);
  return f <= 0 || f >= 1 ? 0 : Math.min(1, f * 12, (1 - f) * 12);
}
