// uptime from /proc/uptime; not from btime, which moves with the clock and is the host's inside a container.
import type { Collector } from './collector.ts';
import type { KeptFile } from './kept-file.ts';

/** Seconds since boot. */
export function parseUptime(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s/.exec(text);
  if (!match) throw new Error('/proc/uptime does not begin with a number');
  return Number(match[1]);
}

export function createUptimeCollector(uptime: KeptFile): Collector {
  return {
    name: 'uptime',
    collect: (round) => round.add('uptime', parseUptime(uptime.text())),
    forget() {},
    close: () => uptime.close(),
  };
}
