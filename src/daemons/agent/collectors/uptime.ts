// Uptime (/proc/uptime).
import type { Collector } from './collector.ts';
import type { ProcFile } from './proc-file.ts';

/** A century. */
const MOST_SECONDS = 100 * 365 * 86_400;

/** Seconds since boot. Not from btime, which moves with the clock and is the host's inside a container. */
export function parseUptime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s/.exec(text);
  const seconds = match ? Number(match[1]) : Number.NaN;
  if (!(seconds < MOST_SECONDS)) throw new Error('/proc/uptime does not begin with a time that can be true');
  return seconds;
}

export function createUptimeCollector(uptime: ProcFile): Collector {
  return {
    name: 'uptime',
    collect: (round) => round.add('uptime', parseUptime(uptime.text())),
    forget() {},
    close: () => uptime.close(),
  };
}
