// The series that a query asks for, each with where its points are: in the head's snapshot, in files, or both.
import { compareBytes } from '../../domain/names.ts';
import { parseSeriesKey } from '../../domain/tick.ts';
import { addPoint, type Points } from '../points.ts';
import { seriesFilter } from './head-snapshot.ts';
import type { PackedSeries, PointsQuery } from './messages.ts';
import type { ReaderFiles } from './reader-files.ts';

export type Target = {
  readonly hostId: string;
  readonly key: string;
  /** Oldest week first. */
  readonly filed: { readonly week: number; readonly id: number }[];
  /** Which of the head's packed series are pieces of it. */
  readonly head: number[];
};

/** In the order of answers: host id, then metric and labels, as bytes. */
export function findTargets(
  query: PointsQuery,
  head: PackedSeries,
  from: { readonly files: ReaderFiles; readonly weeks: readonly number[] },
): Target[] {
  const hosts = new Map<string, Map<string, Target>>();
  const targetOf = (hostId: string, key: string): Target => {
    let keys = hosts.get(hostId);
    if (!keys) {
      keys = new Map();
      hosts.set(hostId, keys);
    }
    let target = keys.get(key);
    if (!target) {
      target = { hostId, key, filed: [], head: [] };
      keys.set(key, target);
    }
    return target;
  };

  const wantedHosts = query.hosts && [...new Set(query.hosts)];
  const isWanted = seriesFilter(query);
  for (const week of from.weeks) {
    from.files.read(week, (file) => {
      for (const series of file.series(wantedHosts)) {
        if (isWanted(series)) targetOf(series.hostId, series.key).filed.push({ week, id: series.id });
      }
    });
  }
  head.keys.forEach((key, i) => {
    targetOf(head.hostIds[i]!, key).head.push(i);
  });

  // A key is metric and labels with separators below every printable byte: its order is theirs.
  return [...hosts.keys()].sort(compareBytes).flatMap((hostId) => {
    const keys = hosts.get(hostId)!;
    return [...keys.keys()].sort(compareBytes).map((key) => keys.get(key)!);
  });
}

export const metricOf = (target: Target): string => parseSeriesKey(target.key).metric;

/** Adds a packed series' points to others. */
export function packedPoints(head: PackedSeries): (index: number, into: Points) => void {
  const starts = [0];
  for (const count of head.counts) starts.push(starts.at(-1)! + count);
  return (index, into) => {
    for (let i = starts[index]!; i < starts[index + 1]!; i++) addPoint(into, head.ms[i]!, head.values[i]!);
  };
}
