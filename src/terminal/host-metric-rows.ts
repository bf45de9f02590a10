// Turns latest samples and series into one row a host, before they are drawn, and into data for programs.
import type { LatestAnswer, RangeAnswer } from '../api/analyze.ts';
import type { Host } from '../api/manage.ts';
import { type HostState, hostState, isLost, silentAfterMs } from '../domain/host.ts';
import { formatInstant } from '../domain/instant.ts';
import { metricKind, unitOf } from '../domain/metric-kinds.ts';
import { METRIC_KINDS, type MetricUnit } from '../domain/metric-table.ts';
import { compareBytes } from '../domain/names.ts';
import { countedSeries } from '../domain/physical-series.ts';
import { type Facts, USUAL_INTERVAL_MS } from '../domain/tick.ts';
import type { Aggregate, LatestSample, Series } from '../store/store.ts';
import { isValue, type Points, type Stats, statsOf } from './chart/points.ts';

import type { CsvTable, CsvValue, JsonValue } from './output.ts';
import type { SampleStatistics } from './sample-statistics.ts';

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

export type HostMetricsRequest = {
  /** Canonical name of the chosen metric. */
  readonly metric: string;
  readonly latest: LatestAnswer;
  readonly range: RangeAnswer;
  /** Where manage was asked: states, and hosts that have no samples at all. */
  readonly hosts?: readonly Host[] | undefined;
  /** Of the one host that is asked about, where manage was not. */
  readonly facts?: Facts | undefined;
  /** What each window of the range holds; undefined: the mean, or raw points. */
  readonly aggregate?: Aggregate | undefined;
  /** Columns of latest values, instead of the headline metrics. */
  readonly shown?: readonly string[] | undefined;
  /** The rows are locations (see location-metrics.ts): each value is a mean, and this host has the worst. */
  readonly worstHosts?: ReadonlyMap<string, string> | undefined;
  /** Of the samples, where the range has windows. Without it statistics are of the range's points. */
  readonly statistics?: SampleStatistics | undefined;
};

/** How many samples a window has is a number, whatever the samples are. */
export const drawnUnit = ({
  metric,
  aggregate,
}: Pick<HostMetricsRequest, 'metric' | 'aggregate'>): MetricUnit =>
  aggregate === 'count' ? 'count' : unitOf(metric);

/** For free space and the like low values are the bad ones. */
export const worstOf = (metric: string): 'high' | 'low' =>
  metric === 'mem.available' || metric === 'disk.free' || metric === 'uptime' ? 'low' : 'high';

/** How several series of a metric on one host become one: rates are added, each byte once; of other kinds the worst is taken. */
const adds = (metric: string): boolean => metricKind(metric)?.kind === 'rate';

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
  facts: ofOne,
  statistics,
}: HostMetricsRequest): readonly HostMetrics[] {
  const samplesOf = Map.groupBy(latest.samples, (sample) => sample.hostId);
  // Of several metrics one is drawn.
  const seriesOf = Map.groupBy(
    range.series.filter((series) => series.metric === metric),
    (series) => series.hostId,
  );
  const managed = new Map(hosts.map((host) => [host.hostId, host]));
  const ids = new Set([...samplesOf.keys(), ...seriesOf.keys(), ...managed.keys()]);
  return [...ids].sort(compareBytes).map((hostId) => {
    const samples = samplesOf.get(hostId) ?? [];
    const series = seriesOf.get(hostId) ?? [];
    const host = managed.get(hostId);
    const newest = samples.reduce((last, sample) => Math.max(last, sample.timeMs), Number.NEGATIVE_INFINITY);
    const lastMs = samples.length > 0 ? newest : host?.lastSeenMs;
    const intervalMs = host?.intervalMs ?? USUAL_INTERVAL_MS;
    const facts = host?.facts ?? ofOne;
    const points = combine(metric, series, facts);
    return {
      hostId,
      state: host?.state ?? stateByAge(lastMs, { nowMs: latest.nowMs, intervalMs }),
      lastMs,
      latest: readings(samples, { sinceMs: newest - silentAfterMs(intervalMs), facts }),
      points,
      series,
      stats: statistics ? statistics.host(hostId) : statsOf(points),
    };
  });
}

/** Without an answer from manage: by the age of the newest sample, which a host may stamp ahead, assuming a healthy stream. */
function stateByAge(
  lastMs: number | undefined,
  { nowMs, intervalMs }: { readonly nowMs: number; readonly intervalMs: number },
): HostState {
  if (lastMs === undefined) return 'silent';
  return hostState({ lastReceivedMs: Math.min(lastMs, nowMs), intervalMs }, { nowMs, streamMs: nowMs });
}

/** Samples older than `sinceMs` belong to disks and devices that are gone from the host. */
function readings(
  samples: readonly LatestSample[],
  of: { readonly sinceMs: number; readonly facts: Facts | undefined },
): ReadonlyMap<string, Reading> {
  const current = samples.filter((sample) => sample.timeMs >= of.sinceMs);
  const readingOf = new Map<string, Reading>();
  for (const [metric, all] of Map.groupBy(current, (sample) => sample.metric)) {
    for (const sample of adds(metric) ? countedSeries(all, of.facts) : all) takeIn(readingOf, sample);
  }
  return readingOf;
}

function takeIn(readingOf: Map<string, Reading>, { metric, labels, timeMs, value }: LatestSample): void {
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

/** A host's series as one, time by time; with its facts, of rates the physical ones alone. */
export function combine(metric: string, all: readonly Series[], facts?: Facts): Points {
  const series = adds(metric) ? countedSeries(all, facts) : all;
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

/** Includes the resolved range, so that a reader sees what `--since 14:00` meant. */
export function metricsObject(request: HostMetricsRequest): { readonly [key: string]: JsonValue } {
  const { metric, range, latest, worstHosts } = request;
  const id = worstHosts ? 'location' : 'host_id';
  const locations = new Map((request.hosts ?? []).map((host) => [host.hostId, host.location]));
  return {
    metric,
    unit: drawnUnit(request),
    start_at: formatInstant(range.startMs),
    stop_at: formatInstant(range.stopMs),
    ...(range.stepMs === undefined ? {} : { step_ms: range.stepMs }),
    [worstHosts ? 'locations' : 'hosts']: hostMetrics(request).map(({ hostId, state, lastMs, stats }) => ({
      [id]: hostId,
      ...(worstHosts
        ? { worst_host_id: worstHosts.get(hostId) ?? null }
        : { location: locations.get(hostId) ?? null, state }),
      ...(lastMs === undefined ? {} : { last_sample_at: formatInstant(lastMs) }),
      ...(stats === undefined ? {} : { stats: { ...stats } }),
    })),
    latest: latestObjects(latest, id),
    series: range.series.map(({ hostId, metric: name, labels, timesMs, values }) => ({
      [id]: hostId,
      metric: name,
      labels,
      times_ms: timesMs,
      values,
    })),
    warnings: [...new Set([...range.warnings, ...latest.warnings])],
  };
}

/** One picture of --watch --json. */
export const latestObject = (latest: LatestAnswer): { readonly [key: string]: JsonValue } => ({
  now_at: formatInstant(latest.nowMs),
  latest: latestObjects(latest),
  warnings: latest.warnings,
});

const latestObjects = ({ samples }: LatestAnswer, id = 'host_id'): JsonValue =>
  samples.map(({ hostId, metric, labels, timeMs, value }) => ({
    [id]: hostId,
    metric,
    labels,
    time_at: formatInstant(timeMs),
    value,
  }));

/** host_id, metric, each label that occurs, time_at, value. A window without points has an empty value. */
export function metricsCsv(
  { series }: Pick<RangeAnswer, 'series'>,
  id: 'host_id' | 'location' = 'host_id',
): CsvTable {
  const labelNames = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort(compareBytes);
  const rows: CsvValue[][] = [];
  for (const { hostId, metric, labels, timesMs, values } of series) {
    const head = [hostId, metric, ...labelNames.map((name) => labels[name])];
    for (const [i, timeMs] of timesMs.entries()) rows.push([...head, formatInstant(timeMs), values[i]]);
  }
  return { header: [id, 'metric', ...labelNames, 'time_at', 'value'], rows };
}

export function worstFirst(rows: readonly HostMetrics[], metric: string): readonly HostMetrics[] {
  const sign = worstOf(metric) === 'high' ? -1 : 1;
  const last = (row: HostMetrics) => row.latest.get(metric)?.value;
  return rows.toSorted((a, b) => {
    const [x, y] = [last(a), last(b)];
    if (x === undefined || y === undefined) return Number(x === undefined) - Number(y === undefined);
    return sign * (x - y);
  });
}

/** The worst `top` hosts that report now, by the last value of the chosen metric, and nothing of the others. */
export function topHosts<Request extends HostMetricsRequest>(request: Request, top: number): Request {
  // The last value of a lost host says nothing of now.
  const known = hostMetrics(request).filter(
    ({ state, latest }) => !isLost(state) && latest.has(request.metric),
  );
  const worst = worstFirst(known, request.metric).slice(0, top);
  const kept = new Set(worst.map(({ hostId }) => hostId));
  const isKept = ({ hostId }: { readonly hostId: string }) => kept.has(hostId);
  return {
    ...request,
    ...(request.hosts && { hosts: request.hosts.filter(isKept) }),
    latest: { ...request.latest, samples: request.latest.samples.filter(isKept) },
    range: { ...request.range, series: request.range.series.filter(isKept) },
  };
}

/** For --sort: the worst first. */
export const worstFirstKey = (metric: string): string => (worstOf(metric) === 'high' ? `-${metric}` : metric);
