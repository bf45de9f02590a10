// The gRPC server of ReportService: passes the raw bytes of requests to the service.
import type { Refusal } from '../../domain/tick.ts';
import { type ReportService, reportAnswer } from '../report.ts';
import { protoOf } from './codec.ts';
import { loadService } from './proto.ts';
import type { GrpcService } from './service.ts';

export function reportGrpcService(service: ReportService): GrpcService {
  const definition = loadService('minimon/v1/report.proto', 'minimon.v1.ReportService');
  // The service decodes ticks itself (its decoder reuses a host's last tick) and publishes them as they came.
  const Report = { ...definition['Report']!, requestDeserialize: (bytes: Buffer) => bytes };
  const answers = protoOf(reportAnswer);
  return {
    definition: { ...definition, Report },
    access: { Report: 'report' },
    handlers: {
      async Report(request, { caller }) {
        const answer = await service.report(request as Buffer, caller);
        return answers.write({ ...answer, refusals: answer.refusals.map(withWholeTime) });
      },
    },
  };
}

/** What was refused may be the time itself, for not being an integer. */
const withWholeTime = (refusal: Refusal): Refusal =>
  Number.isSafeInteger(refusal.timeMs) ? refusal : { ...refusal, timeMs: 0 };
