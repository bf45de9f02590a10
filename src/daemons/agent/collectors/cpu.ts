// cpu.usage, cpu.iowait and cpu.steal from /proc/stat. In a container with a CPU quota cpu.usage is the share of that;
// iowait and steal stay the machine's, since no cgroup counts them.
import type { Cgroup } from './cgroup.ts';
import { type Collector, type Round, SHORTEST_RATE_MS } from './collector.ts';
import { percent } from './counters.ts';

/** Jiffies by column: user nice system idle iowait irq softirq steal. guest is inside user already. */
export type CpuTimes = readonly number[];
export type CpuStat = { readonly all: CpuTimes; readonly each: ReadonlyMap<string, CpuTimes> };

const COLUMNS = 8;
const IDLE = 3;
const IOWAIT = 4;
const STEAL = 7;
/** The kernel moves some jiffies from iowait to idle afterwards; a CPU that falls by 3 s was reset. */
const NOISE_JIFFIES = 300;

export function parseCpuStat(text: string): CpuStat {
  const each = new Map<string, CpuTimes>();
  let all: CpuTimes | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) break;
    const [name = '', ...columns] = line.trim().split(/\s+/);
    const times = columns.slice(0, COLUMNS).map(Number);
    if (times.length < IDLE + 1 || times.some((time) => !Number.isFinite(time))) {
      throw new Error(`the line of ${name} in /proc/stat is cut short`);
    }
    while (times.length < COLUMNS) times.push(0);
    if (name === 'cpu') all = times;
    else each.set(name, times);
  }
  if (!all) throw new Error('/proc/stat has no line of all CPUs');
  return { all, each };
}

/** Growth by column between two readings, floored at 0; undefined when they do not compare. */
export function cpuGrowth(now: CpuStat, before: CpuStat): CpuTimes | undefined {
  const shared = [...now.each.keys()].filter((name) => before.each.has(name));
  for (const name of shared) {
    if (fellBack(now.each.get(name)!, before.each.get(name)!, NOISE_JIFFIES)) return undefined;
  }
  // A CPU came or went: only those that were there throughout have a known growth.
  if (shared.length > 0 && (shared.length < now.each.size || shared.length < before.each.size)) {
    return sum(shared.map((name) => columnGrowth(now.each.get(name)!, before.each.get(name)!)));
  }
  if (fellBack(now.all, before.all, NOISE_JIFFIES * Math.max(1, shared.length))) return undefined;
  return columnGrowth(now.all, before.all);
}

/** A hundred times what can pass: a kernel that moved or migrated its counters (steal after a live migration), not a load. */
const mostJiffies = (elapsedMs: number, cpus: number): number => (elapsedMs / 10) * Math.max(1, cpus) * 100;

const fellBack = (now: CpuTimes, before: CpuTimes, noise: number): boolean =>
  now.some((time, i) => before[i]! - time > noise);

const columnGrowth = (now: CpuTimes, before: CpuTimes): CpuTimes =>
  now.map((time, i) => Math.max(0, time - before[i]!));

const sum = (rows: readonly CpuTimes[]): CpuTimes =>
  rows.reduce((total, row) => total.map((value, i) => value + row[i]!));

export function createCpuCollector(parts: {
  readonly readStat: (round: Round) => string;
  /** Given in a container's view. */
  readonly cgroup?: Cgroup | undefined;
}): Collector {
  let before: { stat: CpuStat; atMs: number } | undefined;
  let quotaBefore: { level: string; usageUs: number; atMs: number } | undefined;

  /** Percent of the quota; undefined without a quota below the machine's CPUs (then the machine's share is right). */
  function quotaShare(round: Round, cpus: number): { share: number | undefined } | undefined {
    const quota = parts.cgroup?.cpu();
    if (!quota || (cpus > 0 && quota.cpus >= cpus)) {
      quotaBefore = undefined;
      return undefined;
    }
    const last = quotaBefore;
    if (last?.level === quota.level && round.atMs - last.atMs < SHORTEST_RATE_MS) return { share: undefined };
    quotaBefore = { level: quota.level, usageUs: quota.usageUs, atMs: round.atMs };
    if (last?.level !== quota.level || quota.usageUs < last.usageUs) return { share: undefined };
    const available = (round.atMs - last.atMs) * 1_000 * quota.cpus;
    return { share: percent(quota.usageUs - last.usageUs, available) };
  }

  return {
    name: 'cpu',
    collect(round) {
      const stat = parseCpuStat(parts.readStat(round));
      const quota = quotaShare(round, stat.each.size);
      if (quota?.share !== undefined) round.add('cpu.usage', quota.share);
      const last = before;
      if (last && round.atMs - last.atMs < SHORTEST_RATE_MS) return;
      before = { stat, atMs: round.atMs };
      const grown = last && cpuGrowth(stat, last.stat);
      const total = grown?.reduce((all, part) => all + part, 0);
      if (last && (!grown || total! > mostJiffies(round.atMs - last.atMs, stat.each.size))) {
        round.omit('cpu', 'its counters were reset; shares follow from the next tick on');
        return;
      }
      if (grown && !total) round.omit('cpu', 'no time has passed on its counters');
      if (!grown || !total) return;
      if (!quota) round.add('cpu.usage', percent(total - grown[IDLE]! - grown[IOWAIT]!, total));
      round.add('cpu.iowait', percent(grown[IOWAIT]!, total));
      round.add('cpu.steal', percent(grown[STEAL]!, total));
    },
    forget() {
      before = undefined;
      quotaBefore = undefined;
    },
    close() {},
  };
}
