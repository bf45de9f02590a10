// The metrics of a range for programs: one object for json and yaml, one line a point for csv.
import type { LatestAnswer, RangeAnswer } from '../api/analyze.ts';
import { compareBytes } from '../domain/names.ts';
import { type HostMetricsRequest, hostMetrics, unitOf } from './host-metrics.ts';
import type { JsonValue } from './json-value.ts';
import type { CsvTable, CsvValue } from './output.ts';
import { rfc3339 } from './relative-time.ts';

/** The resolved range stands in it, so that a reader sees what `--since 14:00` was taken for. */
export function metricsObject(request: HostMetricsRequest): { readonly [key: string]: JsonValue } {
  const { metric, range, latest } = request;
  return {
    metric,
    unit: unitOf(metric),
    start_at: rfc3339(range.startMs),
    stop_at: rfc3339(range.stopMs),
    ...(range.stepMs === undefined ? {} : { step_ms: range.stepMs }),
    hosts: hostMetrics(request).map(({ hostId, state, lastMs, stats }) => ({
      host_id: hostId,
      state,
      ...(lastMs === undefined ? {} : { last_sample_at: rfc3339(lastMs) }),
      ...(stats === undefined ? {} : { stats: { ...stats } }),
    })),
    latest: latestObjects(latest),
    series: range.series.map(({ hostId, metric: name, labels, timesMs, values }) => ({
      host_id: hostId,
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
  now_at: rfc3339(latest.nowMs),
  latest: latestObjects(latest),
  warnings: latest.warnings,
});

const latestObjects = ({ samples }: LatestAnswer): JsonValue =>
  samples.map(({ hostId, metric, labels, timeMs, value }) => ({
    host_id: hostId,
    metric,
    labels,
    time_at: rfc3339(timeMs),
    value,
  }));

/** host_id, metric, each label that occurs, time_at, value. A window without points has an empty value. */
export function metricsCsv({ series }: Pick<RangeAnswer, 'series'>): CsvTable {
  const labelNames = [...new Set(series.flatMap(({ labels }) => Object.keys(labels)))].sort(compareBytes);
  const rows: CsvValue[][] = [];
  for (const { hostId, metric, labels, timesMs, values } of series) {
    const head = [hostId, metric, ...labelNames.map((name) => labels[name])];
    for (const [i, timeMs] of timesMs.entries()) rows.push([...head, rfc3339(timeMs), values[i]]);
  }
  return { header: ['host_id', 'metric', ...labelNames, 'time_at', 'value'], rows };
}
