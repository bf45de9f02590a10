// Adds the statistics of the samples to the windows that the metrics screen draws: of all hosts, or of those in the legend.
import type { AnalyzeService } from '../api/analyze.ts';
import { namedLines } from './chart/chart.ts';
import { combine, hostMetrics, worstOf } from './host-metric-rows.ts';
import { chartLines, type MetricsRequest, NAMED } from './metrics-view.ts';
import { readStatistics } from './sample-statistics.ts';

/** Unchanged where the points are the samples, or counts of them. `all` reads every host whatever it costs. */
export async function withStatistics(
  analyze: Pick<AnalyzeService, 'queryRange'>,
  request: MetricsRequest,
  { all }: { readonly all: boolean },
): Promise<MetricsRequest> {
  const { metric, range, hosts, aggregate } = request;
  if (range.stepMs === undefined || aggregate === 'count' || range.series.length === 0) return request;
  const lines = all ? [] : chartLines(hostMetrics(request), request);
  const named = namedLines(lines, { worst: worstOf(metric), named: NAMED });
  const factsOf = new Map((hosts ?? []).map((host) => [host.hostId, host.facts]));
  const read = (metric: string) =>
    readStatistics(analyze, {
      ...{ metric, hosts },
      range: { ...range, series: range.series.filter((series) => series.metric === metric) },
      most: all ? 'all' : [...new Set(named.map((line) => line.hostId))],
      combine: (series) => combine(metric, series, factsOf.get(series[0]?.hostId ?? '')),
    });
  const statistics = await read(metric);
  const metrics = new Set(range.series.map((series) => series.metric));
  const isOneHost = new Set(range.series.map((series) => series.hostId)).size === 1;
  // Of several metrics one is drawn, but for those of one host.
  if (metrics.size < 2 || !isOneHost) return { ...request, statistics };
  const others = [...metrics].filter((other) => other !== metric);
  const readOthers = await Promise.all(others.map(async (other) => [other, await read(other)] as const));
  return { ...request, statistics, statisticsOf: new Map([[metric, statistics], ...readOthers]) };
}
