// Adds the statistics of the samples to the windows that the metrics screen draws: of all hosts, or of those in the legend.
import type { AnalyzeService } from '../api/analyze.ts';
import { namedLines } from './chart/chart.ts';
import { combine, hostMetrics, worstOf } from './host-metrics.ts';
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
  const statistics = await readStatistics(analyze, {
    ...{ metric, range, hosts },
    most: all ? 'all' : [...new Set(named.map((line) => line.hostId))],
    combine: (series) => combine(metric, series),
  });
  return { ...request, statistics };
}
