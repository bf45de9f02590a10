// Statistics of the samples of a range, read apart from the windows that a chart is drawn with, so that they are the same
// at every width.
import type { AnalyzeService, RangeAnswer } from '../api/analyze.ts';
import type { Host } from '../api/manage.ts';
import { ExpectedError } from '../domain/errors.ts';
import { type Labels, USUAL_INTERVAL_MS } from '../domain/tick.ts';
import type { Series } from '../store/store.ts';
import { type Points, type Stats, statsOf } from './chart/points.ts';

export type SampleStatistics = {
  /** Of a host's series as one; undefined where it was not read or has no sample. */
  host(hostId: string): Stats | undefined;
  /** Of one series of a host. */
  series(hostId: string, labels: Labels): Stats | undefined;
};

export type StatisticsRequest = {
  readonly metric: string;
  /** The windows that are drawn: who is in them, and which series each has. */
  readonly range: RangeAnswer;
  readonly hosts?: readonly Host[] | undefined;
  /** Who is read when all would be expensive; 'all' reads every host whatever it costs. */
  readonly most: readonly string[] | 'all';
  /** A host's series as one. */
  readonly combine: (series: readonly Series[]) => Points;
};

/** Up to as many samples all hosts are read: some 100 ms. */
const CHEAP_SAMPLES = 300_000;
/** As many are asked for at once. */
const SAMPLES_A_QUERY = 150_000;

export async function readStatistics(
  analyze: Pick<AnalyzeService, 'queryRange'>,
  request: StatisticsRequest,
): Promise<SampleStatistics> {
  const { metric, range, most, combine } = request;
  const samples = expectedSamples(request);
  const total = [...samples.values()].reduce((sum, count) => sum + count, 0);
  const wanted = most === 'all' || total <= CHEAP_SAMPLES ? [...samples.keys()] : most;
  const ofHost = new Map<string, Stats>();
  const ofSeries = new Map<string, Stats>();
  for (const group of groupsOf(wanted, samples)) {
    const series = await readSamples(analyze, {
      metric,
      hosts: group,
      startMs: range.startMs,
      stopMs: range.stopMs,
    });
    for (const one of series) keep(ofSeries, seriesKey(one.hostId, one.labels), one);
    for (const [hostId, own] of Map.groupBy(series, (one) => one.hostId)) keep(ofHost, hostId, combine(own));
  }
  return {
    host: (hostId) => ofHost.get(hostId),
    series: (hostId, labels) => ofSeries.get(seriesKey(hostId, labels)),
  };
}

function keep(into: Map<string, Stats>, key: string, points: Points): void {
  const stats = statsOf(points);
  if (stats) into.set(key, stats);
}

const seriesKey = (hostId: string, labels: Labels): string =>
  JSON.stringify([hostId, ...Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))]);

/** By host, from its interval and how many series it has. */
function expectedSamples({ range, hosts = [] }: StatisticsRequest): ReadonlyMap<string, number> {
  const intervalOf = new Map(hosts.map((host) => [host.hostId, host.intervalMs]));
  const counts = new Map<string, number>();
  for (const { hostId } of range.series) {
    const each = (range.stopMs - range.startMs) / (intervalOf.get(hostId) ?? USUAL_INTERVAL_MS);
    counts.set(hostId, (counts.get(hostId) ?? 0) + Math.ceil(each));
  }
  return counts;
}

function groupsOf(hostIds: readonly string[], samples: ReadonlyMap<string, number>): string[][] {
  const groups: string[][] = [];
  let count = Number.POSITIVE_INFINITY;
  for (const hostId of hostIds) {
    const own = samples.get(hostId) ?? 0;
    if (count + own > SAMPLES_A_QUERY) {
      groups.push([]);
      count = 0;
    }
    groups.at(-1)!.push(hostId);
    count += own;
  }
  return groups;
}

type RawRequest = {
  readonly metric: string;
  readonly hosts: readonly string[];
  readonly startMs: number;
  readonly stopMs: number;
};

/** In halves where a series has more points than one answer may. */
export async function readSamples(
  analyze: Pick<AnalyzeService, 'queryRange'>,
  request: RawRequest,
): Promise<readonly Series[]> {
  const { startMs, stopMs } = request;
  try {
    return (await analyze.queryRange(request)).series;
  } catch (error) {
    const tooMany = error instanceof ExpectedError && error.code === 'BAD_RANGE' && stopMs - startMs > 1;
    if (!tooMany) throw error;
  }
  const middleMs = Math.floor((startMs + stopMs) / 2);
  const first = await readSamples(analyze, { ...request, stopMs: middleMs });
  const second = await readSamples(analyze, { ...request, startMs: middleMs });
  const joined = new Map(first.map((one) => [seriesKey(one.hostId, one.labels), one]));
  for (const one of second) {
    const key = seriesKey(one.hostId, one.labels);
    const before = joined.get(key);
    joined.set(
      key,
      before
        ? {
            ...one,
            timesMs: before.timesMs.concat(one.timesMs),
            values: before.values.concat(one.values),
          }
        : one,
    );
  }
  return [...joined.values()];
}
