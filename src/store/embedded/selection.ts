// The series selected by a query, and where the points of each are: in the head's snapshot, in files, or both.
import { compareBytes } from '../../domain/names.ts';
import { type Labels, metricOf, parseSeriesKey } from '../../domain/tick.ts';
import type { SeriesName } from './head.ts';
import type { PointsRequest } from './messages.ts';
import type { PackedSeries } from './packed-series.ts';
import type { ReaderFiles } from './reader-files.ts';
import { weekOf, windowOf } from './windows.ts';

export type SelectedSeries = SeriesName & {
  readonly hostId: string;
  /** Oldest week first. */
  readonly filed: { readonly week: number; readonly id: number; readonly identity: number }[];
  /** Which of the head's packed series are parts of it. */
  readonly inHead: number[];
};

/** Whether a series is asked for; the hosts are chosen elsewhere. */
function seriesFilter(query: PointsRequest): (series: Pick<SeriesName, 'metric' | 'labels'>) => boolean {
  if (query.kind !== 'range') {
    const metrics = query.metrics && new Set(query.metrics);
    return ({ metric }) => metrics === undefined || metrics.has(metric);
  }
  const wanted = Object.entries(query.labels);
  return ({ metric, labels }) => metric === query.metric && hasLabels(labels, wanted);
}

/** As seriesFilter, by keys; those of other metrics are not parsed. */
export function keyFilter(query: PointsRequest): (key: string) => boolean {
  const isWanted = seriesFilter(query);
  if (query.kind !== 'range') return (key) => isWanted({ metric: metricOf(key), labels: {} });
  const hasLabels = Object.keys(query.labels).length > 0;
  return (key) => metricOf(key) === query.metric && (!hasLabels || isWanted(parseSeriesKey(key)));
}

/** An empty label is an absent one, also when it is asked for. */
const hasLabels = (labels: Labels, wanted: readonly (readonly [string, string])[]): boolean =>
  wanted.every(([name, value]) => (Object.hasOwn(labels, name) ? labels[name] : '') === value);

/** Weeks that may have points of the query: windows are shifted by up to one against the clock. */
export function weeksOf(query: PointsRequest): { readonly from: number; readonly to: number } {
  const isRange = query.kind === 'range';
  return {
    from: weekOf(windowOf(isRange ? query.startMs : query.sinceMs, 0) - 1),
    to: isRange ? weekOf(windowOf(query.stopMs - 1, 0)) : Number.POSITIVE_INFINITY,
  };
}

/** Of some hosts, in the order of answers: host id, then metric and labels, as bytes. `head` is the hosts' snapshot. */
export function selectSeries(
  query: PointsRequest & { readonly hosts: readonly string[] },
  head: PackedSeries,
  files: ReaderFiles,
): SelectedSeries[] {
  const hosts = new Map<string, Map<string, SelectedSeries>>();
  const seriesOf = (hostId: string, name: SeriesName): SelectedSeries => {
    let keys = hosts.get(hostId);
    if (!keys) {
      keys = new Map();
      hosts.set(hostId, keys);
    }
    let series = keys.get(name.key);
    if (!series) {
      const { key, metric, labels } = name;
      series = { hostId, key, metric, labels, filed: [], inHead: [] };
      keys.set(key, series);
    }
    return series;
  };

  const isWanted = seriesFilter(query);
  const metrics = query.kind === 'range' ? [query.metric] : query.metrics;
  for (const week of files.weeks(weeksOf(query))) {
    files.read(week, (file) => {
      for (const filed of file.series(query.hosts, metrics)) {
        if (isWanted(filed))
          seriesOf(filed.hostId, filed).filed.push({ week, id: filed.id, identity: filed.identity });
      }
    });
  }
  head.keys.forEach((key, i) => {
    seriesOf(head.hostIds[i]!, files.nameOf(key)).inHead.push(i);
  });

  // A key is metric and labels with separators below every printable byte: its order is theirs.
  return [...hosts.keys()].sort(compareBytes).flatMap((hostId) => {
    const keys = hosts.get(hostId)!;
    if (keys.size === 1) return [...keys.values()];
    return [...keys.keys()].sort(compareBytes).map((key) => keys.get(key)!);
  });
}
