// metrics --compare 1d: the same range shifted by some time, to be drawn in the same chart.
import type { AnalyzeService } from '../api/analyze.ts';
import { formatDuration } from '../domain/duration.ts';
import { ExpectedError } from '../domain/errors.ts';
import { withStatistics } from './metrics-statistics.ts';
import type { MetricsRequest } from './metrics-view.ts';

/** Without `past`, and with a warning, if nothing was stored for that range. */
export async function withComparison(
  analyze: Pick<AnalyzeService, 'queryRange'>,
  request: MetricsRequest,
  agoMs: number,
): Promise<MetricsRequest> {
  const { metric, range, aggregate } = request;
  const { startMs, stopMs, stepMs } = range;
  const hosts = [...new Set(range.series.map(({ hostId }) => hostId))];
  const words = `${formatDuration(agoMs)} ago`;
  const nothing = { ...range, warnings: [...range.warnings, `nothing was stored ${words}`] };
  if (hosts.length === 0) return request;
  const answer = await analyze
    .queryRange({
      ...{ metric, hosts, startMs: startMs - agoMs, stopMs: stopMs - agoMs },
      ...(stepMs !== undefined && { stepMs }),
      ...(stepMs !== undefined && aggregate !== undefined && { aggregate }),
    })
    .catch((error: unknown) => {
      if (error instanceof ExpectedError && error.kind === 'not_found') return undefined;
      throw error;
    });
  if (answer === undefined || answer.series.length === 0) return { ...request, range: nothing };
  const past = await withStatistics(
    analyze,
    { ...request, range: answer, statistics: undefined },
    { all: false },
  );
  const series = answer.series.map((one) => ({
    ...one,
    timesMs: one.timesMs.map((timeMs) => timeMs + agoMs),
  }));
  return { ...request, past: { words, series, statistics: past.statistics } };
}
