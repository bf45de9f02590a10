// ReportService on the server: the request goes to the service in bytes, as it came.
import type { ReportServiceDefinition } from '../generated/minimon/v1/ReportService.ts';
import type { ReportService } from '../report.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

export function reportGrpcService(service: ReportService): GrpcService {
  const definition = loadService<ReportServiceDefinition>(
    'minimon/v1/report.proto',
    'minimon.v1.ReportService',
  );
  // The service reads ticks with its own decoder, which knows a host's last tick; and passes them on undecoded.
  const raw = {
    ...definition,
    Report: { ...definition.Report, requestDeserialize: (bytes: Buffer) => bytes },
  };
  return grpcService(raw as unknown as typeof definition, {
    async Report(request) {
      const answer = await service.report(request as unknown as Buffer);
      return {
        accepted_samples: answer.acceptedSamples,
        refused_samples: answer.refusedSamples,
        refusals: answer.refusals.map(({ hostId, timeMs, metric, labels, samples, reason }) => ({
          host_id: hostId,
          // A time may have been refused for not being one.
          time_ms: Number.isSafeInteger(timeMs) ? timeMs : 0,
          metric,
          labels,
          samples,
          reason,
        })),
        received_ms: answer.receivedMs,
        sent_ms: answer.sentMs,
      };
    },
  });
}
