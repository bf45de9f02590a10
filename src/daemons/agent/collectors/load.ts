// load.1, load.5 and load.15 from /proc/loadavg.
import type { Collector } from './collector.ts';
import type { KeptFile } from './kept-file.ts';

export function parseLoad(text: string): readonly [number, number, number] {
  const [one, five, fifteen] = text
    .split(/\s+/)
    .map((word) => (/^\d+(\.\d+)?$/.test(word) ? Number(word) : Number.NaN));
  if (!Number.isFinite(one) || !Number.isFinite(five) || !Number.isFinite(fifteen)) {
    throw new Error('/proc/loadavg does not begin with three numbers');
  }
  return [one!, five!, fifteen!];
}

export function createLoadCollector(loadavg: KeptFile): Collector {
  return {
    name: 'load',
    collect(round) {
      const [one, five, fifteen] = parseLoad(loadavg.text());
      round.add('load.1', one);
      round.add('load.5', five);
      round.add('load.15', fifteen);
    },
    forget() {},
    close: () => loadavg.close(),
  };
}
