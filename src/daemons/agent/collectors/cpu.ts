// cpu.usage, cpu.iowait and cpu.steal from /proc/stat. In a container with a limit on its CPUs cpu.usage is the share of
// that; iowait and steal stay the machine's, since no cgroup counts them.
import type { Cgroup } from './cgroup.ts';
import { attempt, type Collector, type Round, SHORTEST_RATE_MS } from './collector.ts';
import { percent } from './counters.ts';
import {
  type CpuStat,
  describeColumns,
  type LineGrowth,
  lineGrowth,
  NO_TIME,
  type Passed,
  parseCpuStat,
  sumPassed,
} from './cpu-times.ts';
import { createDeviceGrowth } from './device-growth.ts';

const ALL = 'cpu';
/** More than any machine has. */
const MOST_CPUS = 65_536;

export function createCpuCollector(parts: {
  readonly readStat: (round: Round) => string;
  /** Given in a container's view. */
  readonly cgroup?: Cgroup | undefined;
}): Collector {
  let before: { stat: CpuStat; atMs: number; lines: ReadonlyMap<string, LineGrowth> } | undefined;
  const usage = createDeviceGrowth('CPU time of', [{ mostPerSecond: MOST_CPUS * 1_000_000 }]);

  /** Percent of the quota; undefined without a quota below the machine's CPUs (then the machine's share is right). */
  function quotaShare(round: Round, cpus: number): { share: number | undefined } | undefined {
    const quota = parts.cgroup?.cpu();
    if (!quota || (cpus > 0 && quota.cpus >= cpus)) {
      usage.forget();
      return undefined;
    }
    const used = { identity: undefined, groups: [[Math.round(quota.usageUs)]] };
    const [device] = usage.take(round, new Map([[quota.level, used]]));
    const growth = device?.groups[0];
    const grownUs = growth?.grown[0];
    if (!growth || grownUs === undefined) return { share: undefined };
    return { share: percent(grownUs, growth.elapsedMs * 1_000 * quota.cpus) };
  }

  /** Whether cpu.usage is the quota's: also where its usage cannot be read, and the machine's would be wrong. */
  function addQuotaShare(round: Round, cpus: number): boolean {
    let isQuota = true;
    attempt(round, 'cpu.usage', () => {
      const quota = quotaShare(round, cpus);
      if (quota?.share !== undefined) round.add('cpu.usage', quota.share);
      isQuota = quota !== undefined;
    });
    return isQuota;
  }

  return {
    name: 'cpu',
    collect(round) {
      const stat = parseCpuStat(parts.readStat(round));
      const isQuota = addQuotaShare(round, stat.each.size);
      const last = before;
      if (last && round.atMs - last.atMs < SHORTEST_RATE_MS) return;
      if (!last) {
        before = { stat, atMs: round.atMs, lines: new Map() };
        return;
      }
      const lines = growthOfLines(stat, last.stat, { elapsedMs: round.atMs - last.atMs, lines: last.lines });
      before = { stat, atMs: round.atMs, lines };
      const passed = passedOf(round, lines, last.lines);
      if (!passed) return;
      if (!isQuota) round.add('cpu.usage', percent(passed.busy, passed.total));
      if (passed.iowait !== undefined) round.add('cpu.iowait', percent(passed.iowait, passed.total));
      if (passed.steal !== undefined) round.add('cpu.steal', percent(passed.steal, passed.total));
    },
    forget() {
      before = undefined;
      usage.forget();
    },
    close() {},
  };
}

/** By name: the CPUs that were there throughout, and the line of all if it stands for the same ones. */
function growthOfLines(
  now: CpuStat,
  before: CpuStat,
  last: { readonly elapsedMs: number; readonly lines: ReadonlyMap<string, LineGrowth> },
): ReadonlyMap<string, LineGrowth> {
  const lines = new Map<string, LineGrowth>();
  const of = (name: string, cpus: number) => ({
    elapsedMs: last.elapsedMs,
    cpus,
    wasBroken: last.lines.get(name)?.broken ?? [],
  });
  for (const [name, times] of now.each) {
    const old = before.each.get(name);
    if (old) lines.set(name, lineGrowth(times, old, of(name, 1)));
  }
  const isSameSet = lines.size === now.each.size && lines.size === before.each.size;
  if (now.all && before.all && isSameSet)
    lines.set(ALL, lineGrowth(now.all, before.all, of(ALL, Math.max(1, lines.size))));
  return lines;
}

/** Of all CPUs, or of those that can be believed; undefined for a reset, or where none can. Names what is not used. */
function passedOf(
  round: Round,
  lines: ReadonlyMap<string, LineGrowth>,
  last: ReadonlyMap<string, LineGrowth>,
): Passed | undefined {
  const names = [...lines.keys()];
  // A CPU that is reset in every round is no reset of the machine: it is left out like any that cannot be believed.
  if (names.some((name) => lines.get(name)!.isReset && !last.get(name)?.isReset)) {
    round.omit('cpu', 'its counters were reset; usage resumes with the next tick');
    return undefined;
  }
  const cpus = names.filter((name) => name !== ALL);
  if (names.every((name) => lines.get(name)!.why === NO_TIME)) {
    round.omit('cpu', NO_TIME);
    return undefined;
  }
  const reasons = Map.groupBy(names, (name) => whyNot(lines.get(name)!));
  for (const [why, group] of reasons) {
    if (why) round.fail(group.map((name) => (name === ALL ? 'the line of all CPUs' : name)).join(', '), why);
  }
  const all = lines.get(ALL);
  const areWhole = cpus.every((name) => lines.get(name)!.passed);
  if (all?.passed && areWhole && all.broken.length === 0) return all.passed;
  const passed = cpus.flatMap((name) => lines.get(name)!.passed ?? []);
  if (passed.length > 0) return sumPassed(passed);
  return cpus.length === 0 ? all?.passed : undefined;
}

function whyNot({ broken, why, isReset }: LineGrowth): string | undefined {
  if (isReset) return 'its counters decrease in every round';
  return why ?? (broken.length > 0 ? `${describeColumns(broken)} cannot be used` : undefined);
}
