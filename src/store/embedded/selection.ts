// The series that a query asks for, each with where its points are: in the head's snapshot, in files, or both.
import { compareBytes } from '../../domain/names.ts';
import type { Labels } from '../../domain/tick.ts';
import type { SeriesName } from './head.ts';
import type { PointsRequest } from './messages.ts';
import type { PackedSeries } from './packed-series.ts';
import type { ReaderFiles } from './reader-files.ts';

export type SelectedSeries = {
  readonly hostId: string;
  readonly key: string;
  /** Oldest week first. */
  readonly filed: { readonly week: number; readonly id: number; readonly identity: number }[];
  /** Which of the head's packed series are parts of it. */
  readonly inHead: number[];
};

/** Whether a series is asked for; the hosts are chosen elsewhere. */
export function seriesFilter(
  query: PointsRequest,
): (series: Pick<SeriesName, 'metric' | 'labels'>) => boolean {
  if (query.kind !== 'range') {
    const metrics = query.metrics && new Set(query.metrics);
    return ({ metric }) => metrics === undefined || metrics.has(metric);
  }
  const wanted = Object.entries(query.labels);
  return ({ metric, labels }) => metric === query.metric && hasLabels(labels, wanted);
}

/** An empty label is an absent one, also when it is asked for. */
const hasLabels = (labels: Labels, wanted: readonly (readonly [string, string])[]): boolean =>
  wanted.every(([name, value]) => (Object.hasOwn(labels, name) ? labels[name] : '') === value);

/** In the order of answers: host id, then metric and labels, as bytes. */
export function selectSeries(
  query: PointsRequest,
  head: PackedSeries,
  from: { readonly files: ReaderFiles; readonly weeks: readonly number[] },
): SelectedSeries[] {
  const hosts = new Map<string, Map<string, SelectedSeries>>();
  const seriesOf = (hostId: string, key: string): SelectedSeries => {
    let keys = hosts.get(hostId);
    if (!keys) {
      keys = new Map();
      hosts.set(hostId, keys);
    }
    let series = keys.get(key);
    if (!series) {
      series = { hostId, key, filed: [], inHead: [] };
      keys.set(key, series);
    }
    return series;
  };

  const wantedHosts = query.hosts && [...new Set(query.hosts)];
  const isWanted = seriesFilter(query);
  for (const week of from.weeks) {
    from.files.read(week, (file) => {
      for (const filed of file.series(wantedHosts)) {
        if (!isWanted(filed)) continue;
        const { id, identity } = filed;
        seriesOf(filed.hostId, filed.key).filed.push({ week, id, identity });
      }
    });
  }
  head.keys.forEach((key, i) => {
    seriesOf(head.hostIds[i]!, key).inHead.push(i);
  });

  // A key is metric and labels with separators below every printable byte: its order is theirs.
  return [...hosts.keys()].sort(compareBytes).flatMap((hostId) => {
    const keys = hosts.get(hostId)!;
    return [...keys.keys()].sort(compareBytes).map((key) => keys.get(key)!);
  });
}
