import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { Heartbeat as _minimon_v1_Heartbeat, Heartbeat__Output as _minimon_v1_Heartbeat__Output } from './minimon/v1/Heartbeat.ts';
import type { Refusal as _minimon_v1_Refusal, Refusal__Output as _minimon_v1_Refusal__Output } from './minimon/v1/Refusal.ts';
import type { ReportRequest as _minimon_v1_ReportRequest, ReportRequest__Output as _minimon_v1_ReportRequest__Output } from './minimon/v1/ReportRequest.ts';
import type { ReportResponse as _minimon_v1_ReportResponse, ReportResponse__Output as _minimon_v1_ReportResponse__Output } from './minimon/v1/ReportResponse.ts';
import type { ReportServiceClient as _minimon_v1_ReportServiceClient, ReportServiceDefinition as _minimon_v1_ReportServiceDefinition } from './minimon/v1/ReportService.ts';
import type { Sample as _minimon_v1_Sample, Sample__Output as _minimon_v1_Sample__Output } from './minimon/v1/Sample.ts';
import type { Tick as _minimon_v1_Tick, Tick__Output as _minimon_v1_Tick__Output } from './minimon/v1/Tick.ts';
import type { TickBatch as _minimon_v1_TickBatch, TickBatch__Output as _minimon_v1_TickBatch__Output } from './minimon/v1/TickBatch.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  minimon: {
    v1: {
      Heartbeat: MessageTypeDefinition<_minimon_v1_Heartbeat, _minimon_v1_Heartbeat__Output>
      Refusal: MessageTypeDefinition<_minimon_v1_Refusal, _minimon_v1_Refusal__Output>
      ReportRequest: MessageTypeDefinition<_minimon_v1_ReportRequest, _minimon_v1_ReportRequest__Output>
      ReportResponse: MessageTypeDefinition<_minimon_v1_ReportResponse, _minimon_v1_ReportResponse__Output>
      ReportService: SubtypeConstructor<typeof grpc.Client, _minimon_v1_ReportServiceClient> & { service: _minimon_v1_ReportServiceDefinition }
      Sample: MessageTypeDefinition<_minimon_v1_Sample, _minimon_v1_Sample__Output>
      Tick: MessageTypeDefinition<_minimon_v1_Tick, _minimon_v1_Tick__Output>
      TickBatch: MessageTypeDefinition<_minimon_v1_TickBatch, _minimon_v1_TickBatch__Output>
    }
  }
}

