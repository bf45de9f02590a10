// Load averages (/proc/loadavg), and the load of 15 minutes per CPU (/proc/stat).
import { attempt, type Collector, type Round } from './collector.ts';
import { perCore } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

const LOADS = ['load.1', 'load.5', 'load.15'] as const;

/** Undefined where a word is not a load that any machine can have. */
const parseLoads = (text: string): readonly (number | undefined)[] =>
  LOADS.map((_, i) => {
    const word = text.split(/\s+/)[i] ?? '';
    return /^\d{1,7}(\.\d+)?$/.test(word) ? Number(word) : undefined;
  });

const countCpus = (stat: string): number => stat.match(/^cpu\d+ /gm)?.length ?? 0;

export function createLoadCollector(parts: {
  readonly loadavg: ProcFile;
  readonly readStat: (round: Round) => string;
}): Collector {
  return {
    name: 'load',
    collect(round) {
      const loads = parseLoads(parts.loadavg.text());
      for (const [i, metric] of LOADS.entries()) {
        const load = loads[i];
        if (load === undefined) round.fail(metric, `/proc/loadavg does not say it in word ${i + 1}`);
        else round.add(metric, load);
      }
      const fifteen = loads[2];
      if (fifteen === undefined) return;
      attempt(round, 'load.per_core', () => {
        // Of the machine, as the load is: a quota does not change what waits for its CPUs.
        const cpus = countCpus(parts.readStat(round));
        if (cpus > 0) round.add('load.per_core', perCore(fifteen, cpus));
        else round.omit('load.per_core', '/proc/stat lists no CPUs');
      });
    },
    forget() {},
    close: () => parts.loadavg.close(),
  };
}
