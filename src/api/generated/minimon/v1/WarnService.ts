// Original file: minimon/v1/warn.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetStatusRequest as _minimon_v1_GetStatusRequest, GetStatusRequest__Output as _minimon_v1_GetStatusRequest__Output } from '../../minimon/v1/GetStatusRequest.ts';
import type { WarnStatus as _minimon_v1_WarnStatus, WarnStatus__Output as _minimon_v1_WarnStatus__Output } from '../../minimon/v1/WarnStatus.ts';

export interface WarnServiceClient extends grpc.Client {
  GetStatus(argument: _minimon_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _minimon_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _minimon_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  GetStatus(argument: _minimon_v1_GetStatusRequest, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _minimon_v1_GetStatusRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _minimon_v1_GetStatusRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _minimon_v1_GetStatusRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  getStatus(argument: _minimon_v1_GetStatusRequest, callback: grpc.requestCallback<_minimon_v1_WarnStatus__Output>): grpc.ClientUnaryCall;
  
}

export interface WarnServiceHandlers extends grpc.UntypedServiceImplementation {
  GetStatus: grpc.handleUnaryCall<_minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus>;
  
}

export interface WarnServiceDefinition extends grpc.ServiceDefinition {
  GetStatus: MethodDefinition<_minimon_v1_GetStatusRequest, _minimon_v1_WarnStatus, _minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus__Output>
}
