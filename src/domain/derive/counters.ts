// Turns cumulative counters into rates: the readings of a group (one interface, all modes of all CPUs) belong together,
// in whatever pieces they come. A first reading, a counter reset and a long gap give no rate.
import { type Labels, type Sample, seriesKey } from '../tick.ts';
import { clampPercent } from '../units.ts';

/** No rate over a longer time. */
export const MAX_GAP_MS = 5 * 60_000;
/** Limit per host and source. */
const MAX_COUNTERS = 8_192;
const FORGET_MS = 3_600_000;
const SWEEP_FROM = 64;

/**
 * What a counter is named on the bus: minimon's metric, with the label `part` where several make one value (errors in and
 * out); `cpu` with `cpu` and `mode` for CPU times in any unit.
 */
export const COUNTER_METRICS: ReadonlySet<string> = new Set([
  'cpu',
  'disk.read',
  'disk.written',
  'disk.busy',
  'net.received',
  'net.sent',
  'net.errors',
  'net.drops',
]);

export type CounterSeries = readonly { readonly metric: string; readonly labels: Labels }[];

type Place = {
  readonly group: string;
  readonly part: string;
  readonly metric: string;
  readonly labels: Labels;
};

type Group = {
  timeMs: number;
  values: Map<string, number>;
  beforeMs: number;
  before: Map<string, number>;
  isDone: boolean;
  readonly metric: string;
  readonly labels: Labels;
};

export type Counters = {
  /** The rates that the readings make complete. Of a time before the newest one there are none. */
  take(timeMs: number, series: CounterSeries, values: ArrayLike<number>): Sample[];
};

/** Those of one host and source. `onOverLimit`: a reading was not taken. */
export function createCounters(onOverLimit: () => void): Counters {
  const groups = new Map<string, Group>();
  /** Parts in `values`, `before` or both, of all groups. */
  let known = 0;
  let sweepAt = SWEEP_FROM;

  function sweep(timeMs: number): void {
    for (const [key, group] of groups) {
      if (group.timeMs >= timeMs - FORGET_MS) continue;
      groups.delete(key);
      known -= group.values.size + missingOf(group);
    }
    sweepAt = Math.max(SWEEP_FROM, 2 * groups.size);
  }

  function groupOf({ group: key, metric, labels }: Place, timeMs: number): Group {
    let group = groups.get(key);
    if (group) return group;
    if (groups.size >= sweepAt) sweep(timeMs);
    const none = { values: new Map(), before: new Map() };
    group = { timeMs, beforeMs: Number.NEGATIVE_INFINITY, isDone: false, metric, labels, ...none };
    groups.set(key, group);
    return group;
  }

  return {
    take(timeMs, series, values) {
      const rates: Sample[] = [];
      const touched = new Set<Group>();
      for (const [i, place] of placesOf(series).entries()) {
        const group = groupOf(place, timeMs);
        if (timeMs < group.timeMs) continue;
        if (timeMs > group.timeMs) {
          known -= missingOf(group);
          [group.before, group.beforeMs] = [group.values, group.timeMs];
          [group.values, group.timeMs, group.isDone] = [new Map(), timeMs, false];
        }
        if (group.values.has(place.part)) continue;
        if (!group.before.has(place.part)) {
          if (known >= MAX_COUNTERS) {
            onOverLimit();
            continue;
          }
          known++;
        }
        group.values.set(place.part, values[i]!);
        touched.add(group);
      }
      for (const group of touched) if (!group.isDone && isComplete(group)) rates.push(...ratesOf(group));
      return rates;
    },
  };
}

const places = new WeakMap<CounterSeries, readonly Place[]>();

/** The same object comes again while the series are the same. */
function placesOf(series: CounterSeries): readonly Place[] {
  let found = places.get(series);
  if (!found) places.set(series, (found = series.map(placeOf)));
  return found;
}

function placeOf({ metric, labels }: CounterSeries[number]): Place {
  if (metric === 'cpu') {
    const { cpu = '', mode = '', ...rest } = labels;
    return { group: seriesKey('cpu', rest), part: `${cpu}\u0000${mode}`, metric, labels: rest };
  }
  const { part = '', ...rest } = labels;
  return { group: seriesKey(metric, rest), part, metric, labels: rest };
}

const CPU_RATES = ['cpu.usage', 'cpu.iowait', 'cpu.steal'] as const;

/** Of each counter the series of the rates that are made of it: some counters make one together. */
export const rateSeriesOf = (series: CounterSeries): CounterSeries[] =>
  placesOf(series).map(({ metric, labels }) =>
    (metric === 'cpu' ? CPU_RATES : [metric]).map((rate) => ({ metric: rate, labels })),
  );

/** How many parts were there before and are not now. */
function missingOf({ values, before }: Group): number {
  let missing = 0;
  for (const part of before.keys()) if (!values.has(part)) missing++;
  return missing;
}

/** A part that was there before is still on its way, or is gone: then the next time is complete again. */
const isComplete = (group: Group): boolean =>
  group.before.size > 0 && group.values.size >= group.before.size && missingOf(group) === 0;

function ratesOf(group: Group): Sample[] {
  group.isDone = true;
  const { before, values, metric, labels } = group;
  const seconds = (group.timeMs - group.beforeMs) / 1_000;
  if (seconds * 1_000 > MAX_GAP_MS) return [];
  const growths = new Map<string, number>();
  for (const [part, value] of before) {
    const growth = values.get(part)! - value;
    // It was reset: how far it had come before is not known.
    if (growth < 0) return [];
    growths.set(part, growth);
  }
  if (metric === 'cpu') return cpuShares(growths, labels);
  let sum = 0;
  for (const growth of growths.values()) sum += growth;
  const value = sum / seconds;
  return [{ metric, labels, value: metric === 'disk.busy' ? clampPercent(value) : value }];
}

function cpuShares(growths: ReadonlyMap<string, number>, labels: Labels): Sample[] {
  const byCpu = new Map<string, [mode: string, growth: number][]>();
  for (const [part, growth] of growths) {
    const [cpu = '', mode = ''] = part.split('\u0000');
    let modes = byCpu.get(cpu);
    if (!modes) byCpu.set(cpu, (modes = []));
    modes.push([mode, growth]);
  }
  const modesOfAll = Math.max(...[...byCpu.values()].map((modes) => modes.length));
  const byMode = new Map<string, number>();
  let all = 0;
  for (const modes of byCpu.values()) {
    // A sender that catches up may send its parts one by one for many times: without its idle time a CPU would seem busy.
    if (modes.length < modesOfAll) continue;
    for (const [mode, growth] of modes) {
      byMode.set(mode, (byMode.get(mode) ?? 0) + growth);
      all += growth;
    }
  }
  const idle = byMode.get('idle');
  if (idle === undefined || all === 0) return [];
  const [iowait, steal] = [byMode.get('iowait'), byMode.get('steal')];
  const share = (metric: (typeof CPU_RATES)[number], part: number): Sample => ({
    ...{ metric, labels },
    value: clampPercent((100 * part) / all),
  });
  return [
    share('cpu.usage', all - idle - (iowait ?? 0)),
    ...(iowait === undefined ? [] : [share('cpu.iowait', iowait)]),
    ...(steal === undefined ? [] : [share('cpu.steal', steal)]),
  ];
}
