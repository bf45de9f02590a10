// Original file: minimon/v1/warn.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { GetStatusRequest as _minimon_v1_GetStatusRequest, GetStatusRequest__Output as _minimon_v1_GetStatusRequest__Output } from '../../minimon/v1/GetStatusRequest.ts';
import type { ListAlertsRequest as _minimon_v1_ListAlertsRequest, ListAlertsRequest__Output as _minimon_v1_ListAlertsRequest__Output } from '../../minimon/v1/ListAlertsRequest.ts';
import type { ListAlertsResponse as _minimon_v1_ListAlertsResponse, ListAlertsResponse__Output as _minimon_v1_ListAlertsResponse__Output } from '../../minimon/v1/ListAlertsResponse.ts';
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
  
  ListAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  ListAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  ListAlerts(argument: _minimon_v1_ListAlertsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  ListAlerts(argument: _minimon_v1_ListAlertsRequest, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  listAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  listAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  listAlerts(argument: _minimon_v1_ListAlertsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  listAlerts(argument: _minimon_v1_ListAlertsRequest, callback: grpc.requestCallback<_minimon_v1_ListAlertsResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface WarnServiceHandlers extends grpc.UntypedServiceImplementation {
  GetStatus: grpc.handleUnaryCall<_minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus>;
  
  ListAlerts: grpc.handleUnaryCall<_minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse>;
  
}

export interface WarnServiceDefinition extends grpc.ServiceDefinition {
  GetStatus: MethodDefinition<_minimon_v1_GetStatusRequest, _minimon_v1_WarnStatus, _minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus__Output>
  ListAlerts: MethodDefinition<_minimon_v1_ListAlertsRequest, _minimon_v1_ListAlertsResponse, _minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse__Output>
}
