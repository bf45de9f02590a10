// The state of a host: its sources, the last value of each series that rules need, and their windows.
import type { ClockFault } from '../host.ts';
import type { Boots } from '../machine-copies.ts';
import type { Labels } from '../tick.ts';
import type { Machines } from './machines.ts';
import type { AlertHolder } from './open-alerts.ts';
import type { RuleSet, Series, ShareCondition } from './rule-set.ts';
import { addSample, addToMeans, MEAN_MS, type Means, type Window } from './window.ts';

export type Source = {
  readonly name: string;
  /** The newest tick that was evaluated. */
  lastTickMs: number;
  intervalMs: number;
  partition: number;
  /** When a tick came last, and when one came that was newer than all before: by report's clock, and in stream time. */
  lastReceivedMs: number;
  lastReceivedStreamMs: number;
  lastNewerStreamMs: number;
  clockFault: ClockFault | undefined;
  /** Newest ticks in a row that came with an old stamp: one may have been held up on its way. */
  oldStamps: number;
  /** In stream time: since when its late ticks wait for a newer one. */
  heldBackMs: number | undefined;
  readonly machines: Machines;
  readonly boots: Boots;
};

/** Series stand in parallel arrays of doubles: one object a series would take five times the memory. */
export type Host = AlertHolder & {
  readonly id: string;
  location: string;
  scopes: Uint8Array;
  readonly sources: Source[];
  readonly series: Series[];
  readonly values: number[];
  readonly times: number[];
  /** Index into `sources`; absent while there is one source. */
  seriesSources: number[] | undefined;
  /** Series that came to their end, and when: their last values say nothing until they come again. */
  ends: Map<Series, number> | undefined;
  readonly windows: (Window | undefined)[];
  readonly means: (Means | undefined)[];
  /** Share conditions that are true here, and the tick that showed it. */
  trueConditions: Map<ShareCondition, number> | undefined;
  /** The layout of its last tick, and where in `series` each of its series stands. */
  layout: Layout | undefined;
  positions: Int32Array | undefined;
  silenced: boolean;
  silent: boolean;
  /** Whether `silent` says anything: false before its first tick, and while its partition stands still. */
  known: boolean;
  /** When it is looked at again (presence.ts), if nothing comes before. */
  dueSecond: number;
  duePartition: number;
  /** Of one of its sources. */
  clockFault: ClockFault | undefined;
};

/** The series of a tick, in the order of its values. */
export type Layout = readonly { readonly metric: string; readonly labels: Labels }[];

/** A series not seen for this long is evicted once its host has many others. */
const FORGET_MS = 86_400_000;
const SWEEP_FROM = 10_000;
/** A cache of metric names that no rule uses, bounded so that made-up names cannot fill the memory. */
const MAX_UNASKED = 10_000;

export const createHost = (id: string, location: string, scopes: Uint8Array): Host => ({
  id,
  location,
  scopes,
  sources: [],
  series: [],
  values: [],
  times: [],
  seriesSources: undefined,
  ends: undefined,
  windows: [],
  means: [],
  alerts: undefined,
  trueConditions: undefined,
  layout: undefined,
  positions: undefined,
  silenced: false,
  silent: false,
  known: false,
  dueSecond: -1,
  duePartition: -1,
  clockFault: undefined,
});

export const sourceIndexOf = (host: Host, index: number): number => host.seriesSources?.[index] ?? 0;

/** Interned series, shared by all hosts that have them. */
export function createSeriesTable(initial: RuleSet) {
  let rules = initial;
  /** Null for metrics that no rule uses: most samples end at this look-up. */
  const byMetric = new Map<string, Map<string, Series> | null>();
  let count = 0;
  let sweepAt = SWEEP_FROM;
  let unasked = 0;
  const forgetUnasked = (): void => {
    for (const [metric, table] of byMetric) if (table === null) byMetric.delete(metric);
    unasked = 0;
  };
  const positionsOfLayout = new WeakMap<Layout, Int32Array>();
  return {
    /** Hosts with the same layout have the same positions nearly always: they share one array. */
    shared: (layout: Layout, positions: Int32Array): Int32Array => {
      const known = positionsOfLayout.get(layout);
      if (known?.every((index, i) => index === positions[i])) return known;
      positionsOfLayout.set(layout, positions);
      return positions;
    },
    /** Undefined for metrics that no rule uses. */
    find: (metric: string, labels: Labels): Series | undefined => {
      let table = byMetric.get(metric);
      if (table === undefined) {
        table = rules.concerns(metric) ? new Map() : null;
        if (table === null && ++unasked > MAX_UNASKED) forgetUnasked();
        byMetric.set(metric, table);
      }
      if (table === null) return undefined;
      const key = labelsText(labels);
      let series = table.get(key);
      if (series === undefined) {
        series = rules.makeSeries(metric, labels);
        table.set(key, series);
        count++;
      }
      return series;
    },
    setRules: (next: RuleSet): void => {
      rules = next;
      // Hosts reference their series: one that no rule uses must stay for later rules.
      forgetUnasked();
      for (const table of byMetric.values()) for (const series of table?.values() ?? []) rules.rebind(series);
    },
    /** Once it has doubled, drops what no host has any more: labels come and go, and a table that only grows is a leak. */
    sweep: (hosts: Iterable<Host>): void => {
      if (count < sweepAt) return;
      const used = new Set<Series>();
      for (const host of hosts) for (const series of host.series) used.add(series);
      for (const table of byMetric.values()) {
        for (const [key, series] of table ?? []) if (!used.has(series)) table!.delete(key);
      }
      count = used.size;
      sweepAt = Math.max(SWEEP_FROM, 2 * count);
    },
  };
}
export type SeriesTable = ReturnType<typeof createSeriesTable>;

/** An empty label is an absent one. */
function labelsText(labels: Labels): string {
  let text = '';
  for (const name in labels) {
    if (!labels[name]) continue;
    if (text !== '') return sortedLabelsText(labels);
    text = `${name}\u0001${labels[name]}`;
  }
  return text;
}

const sortedLabelsText = (labels: Labels): string =>
  Object.keys(labels)
    .filter((name) => labels[name])
    .sort()
    .map((name) => `${name}\u0001${labels[name]}`)
    .join('\u0000');

function sameLabels(a: Labels, b: Labels): boolean {
  if (a === b) return true;
  for (const name in a) if (a[name] !== b[name]) return false;
  for (const name in b) if (a[name] === undefined) return false;
  return true;
}

type StoredTick = {
  readonly layout: Layout;
  readonly values: ArrayLike<number>;
  /** Decoders pass the same object while the series are the same: the positions are cached by it. */
  readonly stable: boolean;
  readonly timeMs: number;
  readonly source: number;
  readonly table: SeriesTable;
};

/** Stores a tick's samples; `touched` receives the indices of series whose newest value they are. */
export function storeSamples(host: Host, tick: StoredTick, touched: number[]): void {
  const { layout, values, timeMs, source } = tick;
  // Before anything is stored: it moves the series to other places.
  if (host.series.length > 2 * layout.length + 64) forgetOld(host, timeMs);
  const { times } = host;
  const positions = tick.stable && host.layout === layout ? host.positions! : positionsOf(host, tick);
  for (let i = 0; i < positions.length; i++) {
    const index = positions[i]!;
    if (index < 0) continue;
    const value = values[i]!;
    const { binding } = host.series[index]!;
    if (binding.windowMs > 0) addSample((host.windows[index] ??= []), timeMs, value, binding.windowMs);
    if (binding.means) addToMeans((host.means[index] ??= []), timeMs, value);
    if (timeMs < times[index]!) continue;
    host.values[index] = value;
    times[index] = timeMs;
    if (host.seriesSources !== undefined) host.seriesSources[index] = source;
    if (host.ends !== undefined) comesAgain(host.ends, host.series[index]!, timeMs);
    touched.push(index);
  }
}

function comesAgain(ends: Map<Series, number>, series: Series, timeMs: number): void {
  if (timeMs >= (ends.get(series) ?? Number.POSITIVE_INFINITY)) ends.delete(series);
}

export type PastSeries = {
  readonly of: 'samples' | 'means';
  readonly metric: string;
  readonly labels: Labels;
  readonly timesMs: readonly number[];
  /** Null: none. */
  readonly values: readonly (number | null)[];
};

/** Fills windows with samples from before those that they hold; what is there stays. */
export function fillWindows(host: Host, past: PastSeries, table: SeriesTable): void {
  const series = table.find(past.metric, past.labels);
  if (series === undefined) return;
  const index = indexOf(host, series, 0);
  const { windowMs } = series.binding;
  const isOfMeans = past.of === 'means';
  if (isOfMeans ? !series.binding.means : windowMs === 0) return;
  const into = ((isOfMeans ? host.means : host.windows)[index] ??= []);
  const firstMs = (into[0] ?? Number.POSITIVE_INFINITY) * (isOfMeans ? MEAN_MS : 1);
  for (const [i, value] of past.values.entries()) {
    const timeMs = past.timesMs[i]!;
    if (value === null || timeMs >= firstMs) continue;
    if (isOfMeans) addToMeans(into, timeMs, value);
    else addSample(into, timeMs, value, windowMs);
  }
}

/** Drops windows that no rule uses any more: they would have a gap when a later rule needs them. */
export function forgetUnwantedWindows({ series, windows, means }: Host): void {
  for (const index of windows.keys()) if (series[index]!.binding.windowMs === 0) windows[index] = undefined;
  for (const index of means.keys()) if (!series[index]!.binding.means) means[index] = undefined;
}

/** The index of each series of the tick in the host's, -1 for those that no rule asks for. */
function positionsOf(host: Host, { layout, stable, source, table }: StoredTick): Int32Array {
  const positions = new Int32Array(layout.length);
  let cursor = 0;
  for (const [i, { metric, labels }] of layout.entries()) {
    // Ticks list their series in the same order nearly always: the next one is tried before any look-up.
    const next = host.series[cursor];
    let index = cursor;
    if (next === undefined || next.metric !== metric || !sameLabels(next.labels, labels)) {
      const series = table.find(metric, labels);
      if (series === undefined) {
        positions[i] = -1;
        continue;
      }
      index = indexOf(host, series, source);
    }
    positions[i] = index;
    cursor = index + 1;
  }
  if (stable) {
    host.layout = layout;
    host.positions = table.shared(layout, positions);
  }
  return positions;
}

/** After a change of its series, or of what rules ask for. */
export function forgetLayout(host: Host): void {
  host.layout = undefined;
  host.positions = undefined;
}

function indexOf(host: Host, series: Series, source: number): number {
  const known = host.series.indexOf(series);
  if (known >= 0) return known;
  const index = host.series.push(series) - 1;
  host.values.push(Number.NaN);
  host.times.push(Number.NEGATIVE_INFINITY);
  host.seriesSources?.push(source);
  return index;
}

function forgetOld(host: Host, timeMs: number): void {
  forgetLayout(host);
  let kept = 0;
  const keep = new Set([...(host.alerts?.values() ?? [])].flatMap((alert) => alert.series));
  for (let i = 0; i < host.series.length; i++) {
    if (host.times[i]! < timeMs - FORGET_MS && !keep.has(host.series[i]!)) {
      host.ends?.delete(host.series[i]!);
      continue;
    }
    for (const list of [host.series, host.values, host.times, host.seriesSources, host.windows, host.means]) {
      if (list !== undefined) list[kept] = list[i]!;
    }
    kept++;
  }
  for (const list of [host.series, host.values, host.times, host.seriesSources]) if (list) list.length = kept;
  for (const list of [host.windows, host.means]) list.length = Math.min(list.length, kept);
}
