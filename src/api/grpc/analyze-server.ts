// AnalyzeService over gRPC.
import { canonicalMetric, seedMetric } from '../../domain/metric-kinds.ts';
import type { AnalyzeService } from '../analyze.ts';
import type { AnalyzeServiceDefinition } from '../generated/minimon/v1/AnalyzeService.ts';
import { present } from '../present.ts';
import { seedRange } from '../seed/seconds.ts';
import {
  latestAnswerToWire,
  latestRequestFromWire,
  rangeAnswerToWire,
  rangeRequestFromWire,
  reportingHostsToWire,
} from './analyze-codec.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

export const loadAnalyzeService = () =>
  loadService<AnalyzeServiceDefinition>('minimon/v1/analyze.proto', 'minimon.v1.AnalyzeService');

export function analyzeGrpcService(service: AnalyzeService, nowMs: () => number = Date.now): GrpcService {
  return grpcService<AnalyzeServiceDefinition>(loadAnalyzeService(), {
    QueryRange: async (request) => rangeAnswerToWire(await service.queryRange(rangeRequestFromWire(request))),
    QueryLatest: async (request) =>
      latestAnswerToWire(await service.queryLatest(latestRequestFromWire(request))),
    async *WatchLatest(request, { signal }) {
      const answers = service.watchLatest(latestRequestFromWire(request), signal);
      for await (const answer of answers) yield latestAnswerToWire(answer);
    },
    ListReportingHosts: async ({ since_ms, limit, cursor }) =>
      reportingHostsToWire(
        await service.listReportingHosts({ sinceMs: since_ms, ...present({ limit, cursor }) }),
      ),
    async FindRecordsByLocation({ location, metrics_type, start, stop }) {
      const metric = canonicalMetric(metrics_type);
      const records = await service.findRecordsByLocation({
        location,
        metric,
        ...seedRange({ start, stop }, nowMs()),
      });
      return {
        records: records.map(({ hostId, timesMs, values }) => ({
          host_id: hostId,
          metrics_type: seedMetric(metric),
          metrics_value: [...values],
          time_stamp: timesMs.map((timeMs) => Math.floor(timeMs / 1000)),
          times_ms: [...timesMs],
        })),
      };
    },
  });
}
