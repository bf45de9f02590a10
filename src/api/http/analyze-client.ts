// AnalyzeService for the commands over HTTP. What streams (watchLatest) is gRPC's.
import type { AnalyzeService, HostScope } from '../analyze.ts';
import {
  type LatestJson,
  latestFromJson,
  type RecordsJson,
  type ReportingJson,
  rangeFromJson,
  reportingFromJson,
} from './analyze-codec.ts';
import { createHttpClient, fitsUrl, type HttpClientOptions } from './client.ts';
import { toInstant } from './instants.ts';

export type AnalyzeHttpClient = Omit<AnalyzeService, 'watchLatest'> & { stop(): Promise<void> };

export function createAnalyzeHttpClient(options: HttpClientOptions): AnalyzeHttpClient {
  const http = createHttpClient('analyze', options);
  const scopeQuery = ({ location, hosts }: HostScope) => ({ location, host: hosts });
  const queryRange: AnalyzeService['queryRange'] = async ({
    metric,
    labels,
    startMs,
    stopMs,
    stepMs,
    aggregate,
    ...scope
  }) => {
    const range = {
      metric,
      start_at: toInstant(startMs),
      stop_at: toInstant(stopMs),
      step_ms: stepMs,
      aggregate,
    };
    const label = Object.entries(labels ?? {}).map(([name, value]) => `${name}=${value}`);
    const query = { ...range, ...scopeQuery(scope), label };
    // An empty list of hosts means none; a query string cannot say that.
    const json =
      fitsUrl('/api/v1/records', query) && scope.hosts?.length !== 0
        ? await http.get<RecordsJson>('/api/v1/records', query)
        : await http.post<RecordsJson>('/api/v1/records', { ...range, ...scope, labels });
    return rangeFromJson(json);
  };
  return {
    queryRange,
    async queryLatest({ metrics, sinceMs, ...scope }) {
      const since = { since_at: toInstant(sinceMs) };
      const query = { ...since, ...scopeQuery(scope), metric: metrics };
      const json =
        fitsUrl('/api/v1/latest', query) && scope.hosts?.length !== 0
          ? await http.get<LatestJson>('/api/v1/latest', query)
          : await http.post<LatestJson>('/api/v1/latest', {
              ...since,
              ...scope,
              metrics: metrics?.length === 0 ? undefined : metrics,
            });
      return latestFromJson(json);
    },
    listReportingHosts: async ({ sinceMs, limit, cursor }) =>
      reportingFromJson(
        await http.get<ReportingJson>('/api/v1/hosts/reporting', {
          since_at: toInstant(sinceMs),
          limit,
          cursor,
        }),
      ),
    async findRecordsByLocation(request) {
      // The seed's own call knows whole seconds only; a range of raw points is the same to the millisecond.
      const { series } = await queryRange(request);
      return series.map(({ hostId, metric, timesMs, values }) => ({
        hostId,
        metric,
        timesMs,
        values: values.filter((value) => value !== null),
      }));
    },
    stop: http.stop,
  };
}
