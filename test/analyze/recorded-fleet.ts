// A recorded fleet in which rules of every kind fire, and those rules: loads that cross thresholds, disks that fill and are
// emptied, gaps, a vanished mount, a dead host, a dark location.
import type { StreamTick } from '../../src/domain/alerting/evaluator.ts';
import type { Sample } from '../../src/domain/tick.ts';
import type { Recording } from './recordings.ts';

const MINUTE = 60_000;
export const HOURS = 11;

/** Numbers that look random and are the same in every run. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

const HOSTS = ['web-1', 'web-2', 'web-3', 'db-1', 'db-2', 'db-3', 'bare'] as const;
const places = Object.fromEntries(HOSTS.map((id) => [id, id.startsWith('db') ? '726' : '725']));

/** Eleven hours; the same ones for the same start. */
export function recordFleet(startMs: number): Recording {
  const stopMs = startMs + HOURS * 60 * MINUTE;
  const ticks: StreamTick[] = [];
  for (const [i, hostId] of HOSTS.entries()) {
    const random = randomFrom(i + 1);
    const intervalMs = hostId === 'web-3' ? 30_000 : MINUTE;
    let cpu = 50;
    let free = 60 + 20 * i;
    let gap = 0;
    for (let timeMs = startMs; timeMs < stopMs; timeMs += intervalMs) {
      const minute = (timeMs - startMs) / MINUTE;
      cpu = Math.min(100, Math.max(0, cpu + (random() - 0.48) * 25));
      free = free < 4 ? 100 : free - random() * 0.6;
      if (gap > 0) gap--;
      else if (random() < 0.01) gap = 1 + Math.floor(random() * 5);
      const away =
        gap > 0 ||
        (hostId === 'web-1' && minute > 600) ||
        (hostId === 'web-2' && minute >= 120 && minute < 150) ||
        (places[hostId] === '726' && minute >= 300 && minute < 330);
      if (away) continue;
      const sample = (metric: string, value: number, labels = {}): Sample => ({
        metric,
        labels,
        value: Math.round(value * 100) / 100,
      });
      const mounted = minute < 200 || minute > 240 + 10 * i;
      const samples = [
        sample('cpu.usage', cpu),
        sample('mem.usage', 40 + cpu / 2),
        sample('clock.offset', (random() - 0.5) * 6),
        ...(mounted ? [sample('disk.usage', 100 - free, { mount: '/data' })] : []),
        ...(mounted ? [sample('disk.free', free * 2 ** 30, { mount: '/data' })] : []),
        sample('disk.usage', 30 + cpu / 2, { mount: '/' }),
        sample('disk.free', 70 * 2 ** 30, { mount: '/' }),
        ...(minute % 47 < 12 ? [] : [sample('swap.usage', cpu)]),
        ...(hostId === 'bare' ? [] : [sample('uptime', minute * 60)]),
      ];
      ticks.push({ hostId, timeMs, intervalMs, receivedMs: timeMs, samples });
    }
  }
  ticks.sort((a, b) => a.timeMs - b.timeMs);
  return { ticks, places, startMs, stopMs };
}

/** Rule kind -> an expression that fires in it. */
export const KINDS: Readonly<Record<string, string>> = {
  'a threshold': 'cpu.usage > 90',
  for: 'cpu.usage > 80 for 5m',
  'for and keep': 'cpu.usage > 80 for 3m keep 4m',
  'a series that is not in every tick': 'swap.usage > 60 for 2m',
  clear: 'cpu.usage > 90 clear < 70',
  levels: 'cpu.usage > 70 warning clear < 60, > 90 critical clear < 80 for 2m',
  'a downward threshold': 'disk.free < 20GiB for 3m',
  matchers: 'disk.usage{mount!="/"} > 70 for 2m',
  abs: 'abs(clock.offset) > 2.5s for 1m',
  'a mean': 'avg(cpu.usage, 10m) > 75 clear < 65',
  'a minimum': 'min(cpu.usage, 5m) > 60',
  'a maximum': 'max(cpu.usage, 5m) > 95',
  delta: 'delta(disk.free, 30m) < -9GiB',
  forecast: 'forecast(disk.free, 4h) < 0 for 10m',
  'and joined on a label': 'disk.usage > 80 and disk.free < 20GiB for 5m',
  'and with a side without labels': 'disk.usage > 70 and cpu.usage > 80',
  silent: 'silent for 3m',
  'a share of silent hosts': 'share(silent) > 20% min 2 for 2m',
  'a share of hosts with a condition': 'share(cpu.usage > 80) > 40% min 2',
};
