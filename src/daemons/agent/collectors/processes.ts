// What the kernel says in a line: processes (/proc, /proc/stat), load (/proc/loadavg), uptime (/proc/uptime).
import { readdirSync } from 'node:fs';
import { attempt, type Collector, type Round } from './collector.ts';
import { perCore } from './counters.ts';
import type { ProcFile } from './proc-file.ts';

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
