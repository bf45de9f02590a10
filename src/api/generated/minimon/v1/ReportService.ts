// Original file: minimon/v1/report.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { ReportRequest as _minimon_v1_ReportRequest, ReportRequest__Output as _minimon_v1_ReportRequest__Output } from '../../minimon/v1/ReportRequest.ts';
import type { ReportResponse as _minimon_v1_ReportResponse, ReportResponse__Output as _minimon_v1_ReportResponse__Output } from '../../minimon/v1/ReportResponse.ts';

export interface ReportServiceClient extends grpc.Client {
  Report(argument: _minimon_v1_ReportRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  Report(argument: _minimon_v1_ReportRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  Report(argument: _minimon_v1_ReportRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  Report(argument: _minimon_v1_ReportRequest, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  report(argument: _minimon_v1_ReportRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  report(argument: _minimon_v1_ReportRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  report(argument: _minimon_v1_ReportRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  report(argument: _minimon_v1_ReportRequest, callback: grpc.requestCallback<_minimon_v1_ReportResponse__Output>): grpc.ClientUnaryCall;
  
}

export interface ReportServiceHandlers extends grpc.UntypedServiceImplementation {
  Report: grpc.handleUnaryCall<_minimon_v1_ReportRequest__Output, _minimon_v1_ReportResponse>;
  
}

export interface ReportServiceDefinition extends grpc.ServiceDefinition {
  Report: MethodDefinition<_minimon_v1_ReportRequest, _minimon_v1_ReportResponse, _minimon_v1_ReportRequest__Output, _minimon_v1_ReportResponse__Output>
}
