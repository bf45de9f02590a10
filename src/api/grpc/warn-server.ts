// WarnService over gRPC: what it says of itself.
import type { WarnServiceDefinition } from '../generated/minimon/v1/WarnService.ts';
import { present } from '../present.ts';
import type { WarnService } from '../warn.ts';
import { loadService } from './proto.ts';
import { type GrpcService, grpcService } from './service.ts';

export const loadWarnService = () =>
  loadService<WarnServiceDefinition>('minimon/v1/warn.proto', 'minimon.v1.WarnService');

export function warnGrpcService(service: WarnService): GrpcService {
  return grpcService<WarnServiceDefinition>(loadWarnService(), {
    async GetStatus() {
      const { nowMs, partitions, skippedRecords } = await service.status();
      return {
        now_ms: nowMs,
        partitions: partitions.map(({ receivedMs, ...lag }) => ({
          ...lag,
          ...present({ received_ms: receivedMs }),
        })),
        skipped_records: skippedRecords,
      };
    },
  });
}
