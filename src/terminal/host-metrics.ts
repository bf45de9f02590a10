// Turns latest samples and series into one row a host: what the metrics screen shows, before it is drawn.
import type { LatestAnswer, RangeAnswer } from '../api/analyze.ts';
import type { Host } from '../api/manage.ts';
import type { HostState } from '../domain/host.ts';
import { METRIC_KINDS, type MetricUnit, metricKind } from '../domain/metric-kinds.ts';
import { compareBytes } from '../domain/names.ts';
import { LATE_GRACE_MS, REPORTS_WITHIN_MS } from '../domain/tick.ts';
import type { LatestSample, Series } from '../store/store.ts';
import { isValue, type Points } from './chart/time-bins.ts';
import { meanOf } from './mean.ts';

export type HostMetrics = {
  readonly hostId: string;
  readonly state: HostState;
  /** Time of its newest sample. */
  readonly lastMs: number | undefined;
  /** Metric name -> its latest value on this host, over all its label values. */
  readonly latest: ReadonlyMap<string, Reading>;
  /** The chosen metric over the range, over all its label values. */
  readonly points: Points;
  /** Its series one by one. */
  readonly series: readonly Series[];
  readonly stats: Stats | undefined;
};

/** `label` names the disk or device that the value is of, where the worst of several is shown. */
export type Reading = { readonly value: number; readonly timeMs: number; readonly label: string | undefined };

export type Stats = {
  readonly last: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  /** Nearest rank. */
  readonly p95: number;
};

export type HostMetricsRequest = {
  /** Canonical name of the chosen metric. */
  readonly metric: string;
  readonly latest: LatestAnswer;
  readonly range: RangeAnswer;
  /** Where manage was asked: states, and hosts that have no samples at all. */
  readonly hosts?: readonly Host[] | undefined;
};

export const unitOf = (metric: string): MetricUnit => metricKind(metric)?.unit ?? 'count';

/** Of these the low values ask for attention. */
export const worstOf = (metric: string): 'high' | 'low' =>
  metric === 'mem.available' || metric === 'disk.free' || metric === 'uptime' ? 'low' : 'high';

/** How several series of a metric on one host become one: rates add up; of shares and readings the worst counts. */
const adds = (metric: string): boolean => metricKind(metric)?.kind === 'rate' && unitOf(metric) !== 'percent';

const pickWorst = (metric: string, a: number, b: number): number =>
  worstOf(metric) === 'high' ? Math.max(a, b) : Math.min(a, b);

/** The metrics of the table: the headline ones, and in front the chosen one where it is none of them. */
export function shownMetrics(metric: string): readonly string[] {
  const headline = METRIC_KINDS.filter((kind) => kind.headline).map((kind) => kind.name);
  return headline.includes(metric) ? headline : [metric, ...headline];
}

/** Ordered by host id as bytes. */
export function hostMetrics({
  metric,
  latest,
  range,
  hosts = [],
}: HostMetricsRequest): readonly HostMetrics[] {
  const samplesOf = Map.groupBy(latest.samples, (sample) => sample.hostId);
  const seriesOf = Map.groupBy(range.series, (series) => series.hostId);
  const managed = new Map(hosts.map((host) => [host.hostId, host]));
  const ids = new Set([...samplesOf.keys(), ...seriesOf.keys(), ...managed.keys()]);
  return [...ids].sort(compareBytes).map((hostId) => {
    const samples = samplesOf.get(hostId) ?? [];
    const series = seriesOf.get(hostId) ?? [];
    const host = managed.get(hostId);
    const newest = samples.reduce((last, sample) => Math.max(last, sample.timeMs), Number.NEGATIVE_INFINITY);
    const lastMs = samples.length > 0 ? newest : host?.lastSeenMs;
    const intervalMs = host?.intervalMs ?? 60_000;
    const points = combine(metric, series);
    return {
      hostId,
      state: host?.state ?? stateByAge(lastMs, { nowMs: latest.nowMs, intervalMs }),
      lastMs,
      latest: readings(samples, newest - 2 * intervalMs - LATE_GRACE_MS),
      points,
      series,
      stats: statsOf(points),
    };
  });
}

/** Without manage's word: by the age of the newest sample alone. */
function stateByAge(
  lastMs: number | undefined,
  { nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number },
): HostState {
  if (lastMs === undefined || nowMs - lastMs > REPORTS_WITHIN_MS) return 'silent';
  const missed = Math.floor((nowMs - lastMs - LATE_GRACE_MS) / intervalMs);
  if (missed < 1) return 'reporting';
  return missed < 2 ? 'late' : 'silent';
}

/** Samples older than `sinceMs` are of disks and devices that are gone from the host: they say nothing of now. */
function readings(samples: readonly LatestSample[], sinceMs: number): ReadonlyMap<string, Reading> {
  const readingOf = new Map<string, Reading>();
  for (const { metric, labels, timeMs, value } of samples) {
    if (timeMs < sinceMs) continue;
    const label = Object.values(labels).join(' ') || undefined;
    const before = readingOf.get(metric);
    if (before === undefined) readingOf.set(metric, { value, timeMs, label });
    else if (adds(metric)) {
      readingOf.set(metric, {
        value: before.value + value,
        timeMs: Math.max(before.timeMs, timeMs),
        label: undefined,
      });
    } else if (pickWorst(metric, before.value, value) !== before.value) {
      readingOf.set(metric, { value, timeMs, label });
    }
  }
  return readingOf;
}

/** A host's series as one, time by time. */
export function combine(metric: string, series: readonly Series[]): Points {
  const [only] = series;
  if (only && series.length === 1) return only;
  const valueAt = new Map<number, number | null>();
  for (const { timesMs, values } of series) {
    for (const [i, timeMs] of timesMs.entries()) {
      const value = values[i];
      const before = valueAt.get(timeMs);
      if (!isValue(value)) valueAt.set(timeMs, before ?? null);
      else if (!isValue(before)) valueAt.set(timeMs, value);
      else valueAt.set(timeMs, adds(metric) ? before + value : pickWorst(metric, before, value));
    }
  }
  const timesMs = [...valueAt.keys()].sort((a, b) => a - b);
  return { timesMs, values: timesMs.map((timeMs) => valueAt.get(timeMs) ?? null) };
}

function statsOf({ values }: Points): Stats | undefined {
  const present = values.filter(isValue);
  if (present.length === 0) return undefined;
  const sorted = present.toSorted((a, b) => a - b);
  return {
    last: present.at(-1)!,
    min: sorted[0]!,
    mean: meanOf(present),
    max: sorted.at(-1)!,
    p95: sorted[Math.ceil(0.95 * sorted.length) - 1]!,
  };
}
