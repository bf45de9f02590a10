// procs.total by counting /proc, procs.blocked from /proc/stat.
import { readdirSync } from 'node:fs';
import type { Collector, Round } from './collector.ts';

export function countProcesses(names: readonly string[]): number {
  let count = 0;
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) count += 1;
  }
  return count;
}

export function parseBlocked(stat: string): number | undefined {
  const match = /^procs_blocked (\d+)$/m.exec(stat);
  return match ? Number(match[1]) : undefined;
}

export function createProcessesCollector(parts: {
  readonly procPath: string;
  readonly readStat: (round: Round) => string;
}): Collector {
  return {
    name: 'processes',
    collect(round) {
      const names = readdirSync(parts.procPath);
      // Under hidepid a process sees its own user's only; pid 1 is always there otherwise.
      if (names.includes('1')) round.add('procs.total', countProcesses(names));
      else round.leaveOut('procs.total', `${parts.procPath} hides other users' processes (no pid 1 in it)`);
      const blocked = parseBlocked(parts.readStat(round));
      if (blocked === undefined) round.leaveOut('procs.blocked', 'this kernel does not say it in /proc/stat');
      else round.add('procs.blocked', blocked);
    },
    forget() {},
    close() {},
  };
}
