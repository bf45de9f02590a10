// CPU times of /proc/stat: deltas per CPU between two readings, with plausibility checks.
import { type CounterValue, growth, parseCounter } from './counters.ts';

/**
 * Jiffies by column: user nice system idle iowait irq softirq steal. guest is inside user already. Undefined: no number,
 * or none that can be a time.
 */
export type CpuTimes = readonly (CounterValue | undefined)[];
export type CpuStat = {
  /** Undefined when the line is not there or cut short. */
  readonly all: CpuTimes | undefined;
  readonly each: ReadonlyMap<string, CpuTimes>;
};

/** What passed on one CPU, or on all, in jiffies. */
export type Passed = {
  readonly total: number;
  readonly busy: number;
  /** Undefined where the column cannot be used. */
  readonly iowait: number | undefined;
  readonly steal: number | undefined;
};

/** `broken` names columns that others do not depend on; without `passed` the line says nothing of this round. */
export type LineGrowth = {
  readonly passed?: Passed;
  readonly isReset: boolean;
  readonly broken: readonly number[];
  readonly why?: string;
};

const NAMES = ['user', 'nice', 'system', 'idle', 'iowait', 'irq', 'softirq', 'steal'];
const COLUMNS = NAMES.length;
const IDLE = 3;
const IOWAIT = 4;
const STEAL = 7;
/** The kernel moves some jiffies from iowait to idle afterwards; a CPU that falls by 3 s was reset. */
const NOISE_JIFFIES = 300;
/** Node runs on no architecture that counts otherwise. */
const JIFFY_MS = 10;
/** No machine has been up for a century: what lies above is an unsigned subtraction that wrapped. */
const MOST_JIFFIES = 100 * 365 * 86_400 * 100;
/** Readings and ticks do not fall together, and a kernel may catch up after a stop of its machine. */
const MOST_OF_CLOCK = 1.5;
/** A suspended or migrated machine counts less than the clock; a column that stands still shows as this much or less. */
const STUCK_BELOW = 0.8;
const LEAST_OF_CLOCK = 0.1;

export const NO_TIME = 'no time has passed on its counters';

/** Throws when no line can be read. */
export function parseCpuStat(text: string): CpuStat {
  const each = new Map<string, CpuTimes>();
  let all: CpuTimes | undefined;
  for (const line of text.split('\n')) {
    if (!line.startsWith('cpu')) break;
    const [name = '', ...columns] = line.trim().split(/\s+/);
    if (columns.length < IDLE + 1) continue;
    const times = columns.slice(0, COLUMNS).map(parseCounter);
    while (times.length < COLUMNS) times.push(0);
    if (name === 'cpu') all = times;
    else each.set(name, times.map(believable));
  }
  all = all?.map((time) =>
    time !== undefined && Number(time) > MOST_JIFFIES * Math.max(1, each.size) ? undefined : time,
  );
  if (each.size === 0 && (!all || all.includes(undefined))) {
    throw new Error('/proc/stat has no line of CPU times, or it is cut short');
  }
  return { all, each };
}

const believable = (time: CounterValue | undefined): CounterValue | undefined =>
  time !== undefined && Number(time) <= MOST_JIFFIES ? time : undefined;

/** `wasBroken`: columns that could not be used in the round before either, so that this is no reset of the CPU. */
export function lineGrowth(
  now: CpuTimes,
  before: CpuTimes,
  of: { readonly elapsedMs: number; readonly cpus: number; readonly wasBroken?: readonly number[] },
): LineGrowth {
  const clock = (of.elapsedMs / JIFFY_MS) * of.cpus;
  const most = clock * MOST_OF_CLOCK + NOISE_JIFFIES * of.cpus;
  let fallen = 0;
  const columns = now.map((time, i) => {
    const last = before[i];
    if (time === undefined || last === undefined) return undefined;
    const grown = growth(time, last);
    if (grown < -NOISE_JIFFIES * of.cpus) {
      fallen += 1;
      return undefined;
    }
    return grown > most ? undefined : Math.max(0, grown);
  });
  const broken = columns.flatMap((grown, i) => (grown === undefined ? [i] : []));
  if (fallen > 1) return { isReset: true, broken, why: 'its counters were reset' };
  const known = columns.reduce<number>((sum, grown) => sum + (grown ?? 0), 0);
  const why = whyUnusable({ columns, broken, known, clock, most, wasBroken: of.wasBroken ?? [] });
  if (why) return { isReset: false, broken, why };
  // What a broken column had is the rest of the time that passed.
  const total = broken.length === 0 ? known : Math.max(known, clock);
  const [idle = 0, iowait] = [columns[IDLE], columns[IOWAIT]];
  const isBusyKnown = broken.every((column) => column === IOWAIT);
  const busy = isBusyKnown ? known - idle - (iowait ?? 0) : total - idle - (iowait ?? 0);
  return { isReset: false, broken, passed: { total, busy, iowait, steal: columns[STEAL] } };
}

function whyUnusable(line: {
  readonly columns: readonly (number | undefined)[];
  readonly broken: readonly number[];
  readonly known: number;
  readonly clock: number;
  readonly most: number;
  readonly wasBroken: readonly number[];
}): string | undefined {
  const { columns, broken, known, clock, most } = line;
  const shared = () => `${describeColumns(broken)} cannot be used`;
  if (columns[IDLE] === undefined || broken.length > 1) return shared();
  // Without one column the others must add up to the clock, unless it has been of no use for longer.
  const isLasting = broken.every((column) => line.wasBroken.includes(column));
  if (broken.length > 0 && broken[0] !== IOWAIT && known < clock * STUCK_BELOW && !isLasting) return shared();
  if (known === 0) return NO_TIME;
  if (known > most) return 'its times grew by more than the time that passed';
  if (broken.length > 0) return undefined;
  if (known < clock * LEAST_OF_CLOCK || (columns[IDLE] === 0 && known < clock * STUCK_BELOW))
    return 'its times grew by less than the time that passed';
  return undefined;
}

/** As they stand in the log: `its time idle`. */
export const describeColumns = (columns: readonly number[]): string =>
  `its ${columns.length > 1 ? 'times' : 'time'} ${columns.map((column) => NAMES[column]).join(', ')}`;

export function sumPassed(all: readonly Passed[]): Passed {
  const of = (part: (passed: Passed) => number) => all.reduce((sum, passed) => sum + part(passed), 0);
  /** Over the CPUs that know it, brought up to all of them. */
  const share = (part: 'iowait' | 'steal') => {
    const knowing = all.filter((passed) => passed[part] !== undefined);
    const total = knowing.reduce((sum, passed) => sum + passed.total, 0);
    if (total === 0) return undefined;
    return (knowing.reduce((sum, passed) => sum + passed[part]!, 0) / total) * of((passed) => passed.total);
  };
  return {
    total: of((passed) => passed.total),
    busy: of((passed) => passed.busy),
    iowait: share('iowait'),
    steal: share('steal'),
  };
}
