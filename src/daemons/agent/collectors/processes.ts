// Processes: how many there are (/proc), and how many are blocked by I/O (/proc/stat).
import { readdirSync } from 'node:fs';
import { attempt, type Collector, type Round } from './collector.ts';

function countProcesses(names: readonly string[]): number {
  let count = 0;
  for (const name of names) {
    const first = name.charCodeAt(0);
    if (first >= 48 && first <= 57) count += 1;
  }
  return count;
}

/** The kernel's own limit (PID_MAX_LIMIT). */
const MOST_PROCESSES = 4_194_304;

function parseBlocked(stat: string): number | undefined {
  const match = /^procs_blocked (\d+)$/m.exec(stat);
  if (!match) return undefined;
  const blocked = Number(match[1]);
  if (blocked > MOST_PROCESSES) throw new Error(`procs_blocked in /proc/stat is ${match[1]}`);
  return blocked;
}

export function createProcessesCollector(parts: {
  readonly procPath: string;
  readonly readStat: (round: Round) => string;
}): Collector {
  return {
    name: 'processes',
    collect(round) {
      attempt(round, 'procs.total', () => {
        const names = readdirSync(parts.procPath);
        // Under hidepid a process sees its own user's only; pid 1 is always there otherwise.
        if (names.includes('1')) round.add('procs.total', countProcesses(names));
        else round.omit('procs.total', `${parts.procPath} hides other users' processes (no pid 1 in it)`);
      });
      attempt(round, 'procs.blocked', () => {
        const blocked = parseBlocked(parts.readStat(round));
        if (blocked === undefined) round.omit('procs.blocked', 'this kernel does not say it in /proc/stat');
        else round.add('procs.blocked', blocked);
      });
    },
    forget() {},
    close() {},
  };
}
