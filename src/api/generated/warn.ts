import type * as grpc from '@grpc/grpc-js';
import type { MessageTypeDefinition } from '@grpc/proto-loader';

import type { GetStatusRequest as _minimon_v1_GetStatusRequest, GetStatusRequest__Output as _minimon_v1_GetStatusRequest__Output } from './minimon/v1/GetStatusRequest.ts';
import type { PartitionStatus as _minimon_v1_PartitionStatus, PartitionStatus__Output as _minimon_v1_PartitionStatus__Output } from './minimon/v1/PartitionStatus.ts';
import type { WarnServiceClient as _minimon_v1_WarnServiceClient, WarnServiceDefinition as _minimon_v1_WarnServiceDefinition } from './minimon/v1/WarnService.ts';
import type { WarnStatus as _minimon_v1_WarnStatus, WarnStatus__Output as _minimon_v1_WarnStatus__Output } from './minimon/v1/WarnStatus.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  minimon: {
    v1: {
      GetStatusRequest: MessageTypeDefinition<_minimon_v1_GetStatusRequest, _minimon_v1_GetStatusRequest__Output>
      PartitionStatus: MessageTypeDefinition<_minimon_v1_PartitionStatus, _minimon_v1_PartitionStatus__Output>
      WarnService: SubtypeConstructor<typeof grpc.Client, _minimon_v1_WarnServiceClient> & { service: _minimon_v1_WarnServiceDefinition }
      WarnStatus: MessageTypeDefinition<_minimon_v1_WarnStatus, _minimon_v1_WarnStatus__Output>
    }
  }
}

