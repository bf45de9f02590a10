// Original file: minimon/v1/analyze.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { BacktestRequest as _minimon_v1_BacktestRequest, BacktestRequest__Output as _minimon_v1_BacktestRequest__Output } from '../../minimon/v1/BacktestRequest.ts';
import type { BacktestResponse as _minimon_v1_BacktestResponse, BacktestResponse__Output as _minimon_v1_BacktestResponse__Output } from '../../minimon/v1/BacktestResponse.ts';
import type { FindRecordsByLocationRequest as _minimon_v1_FindRecordsByLocationRequest, FindRecordsByLocationRequest__Output as _minimon_v1_FindRecordsByLocationRequest__Output } from '../../minimon/v1/FindRecordsByLocationRequest.ts';
import type { FindRecordsByLocationResponse as _minimon_v1_FindRecordsByLocationResponse, FindRecordsByLocationResponse__Output as _minimon_v1_FindRecordsByLocationResponse__Output } from '../../minimon/v1/FindRecordsByLocationResponse.ts';
import type { ListMetricsRequest as _minimon_v1_ListMetricsRequest, ListMetricsRequest__Output as _minimon_v1_ListMetricsRequest__Output } from '../../minimon/v1/ListMetricsRequest.ts';
import type { ListMetricsResponse as _minimon_v1_ListMetricsResponse, ListMetricsResponse__Output as _minimon_v1_ListMetricsResponse__Output } from '../../minimon/v1/ListMetricsResponse.ts';
import type { ListReportingHostsRequest as _minimon_v1_ListReportingHostsRequest, ListReportingHostsRequest__Output as _minimon_v1_ListReportingHostsRequest__Output } from '../../minimon/v1/ListReportingHostsRequest.ts';
import type { ListReportingHostsResponse as _minimon_v1_ListReportingHostsResponse, ListReportingHostsResponse__Output as _minimon_v1_ListReportingHostsResponse__Output } from '../../minimon/v1/ListReportingHostsResponse.ts';
import type { QueryLatestRequest as _minimon_v1_QueryLatestRequest, QueryLatestRequest__Output as _minimon_v1_QueryLatestRequest__Output } from '../../minimon/v1/QueryLatestRequest.ts';
import type { QueryLatestResponse as _minimon_v1_QueryLatestResponse, QueryLatestResponse__Output as _minimon_v1_QueryLatestResponse__Output } from '../../minimon/v1/QueryLatestResponse.ts';
import type { QueryPromqlRequest as _minimon_v1_QueryPromqlRequest, QueryPromqlRequest__Output as _minimon_v1_QueryPromqlRequest__Output } from '../../minimon/v1/QueryPromqlRequest.ts';
import type { QueryPromqlResponse as _minimon_v1_QueryPromqlResponse, QueryPromqlResponse__Output as _minimon_v1_QueryPromqlResponse__Output } from '../../minimon/v1/QueryPromqlResponse.ts';
import type { QueryRangeRequest as _minimon_v1_QueryRangeRequest, QueryRangeRequest__Output as _minimon_v1_QueryRangeRequest__Output } from '../../minimon/v1/QueryRangeRequest.ts';
import type { QueryRangeResponse as _minimon_v1_QueryRangeResponse, QueryRangeResponse__Output as _minimon_v1_QueryRangeResponse__Output } from '../../minimon/v1/QueryRangeResponse.ts';

export interface AnalyzeServiceClient extends grpc.Client {
  Backtest(argument: _minimon_v1_BacktestRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_BacktestResponse__Output>;
  Backtest(argument: _minimon_v1_BacktestRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_BacktestResponse__Output>;
  backtest(argument: _minimon_v1_BacktestRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_BacktestResponse__Output>;
  backtest(argument: _minimon_v1_BacktestRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_BacktestResponse__Output>;
  
  FindRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  FindRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  FindRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  FindRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  findRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  findRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  findRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  findRecordsByLocation(argument: _minimon_v1_FindRecordsByLocationRequest, callback: grpc.requestCallback<_minimon_v1_FindRecordsByLocationResponse__Output>): grpc.ClientUnaryCall;
  
  ListMetrics(argument: _minimon_v1_ListMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  ListMetrics(argument: _minimon_v1_ListMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  ListMetrics(argument: _minimon_v1_ListMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  ListMetrics(argument: _minimon_v1_ListMetricsRequest, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  listMetrics(argument: _minimon_v1_ListMetricsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  listMetrics(argument: _minimon_v1_ListMetricsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  listMetrics(argument: _minimon_v1_ListMetricsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  listMetrics(argument: _minimon_v1_ListMetricsRequest, callback: grpc.requestCallback<_minimon_v1_ListMetricsResponse__Output>): grpc.ClientUnaryCall;
  
  ListReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  ListReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  ListReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  ListReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  listReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  listReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  listReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  listReportingHosts(argument: _minimon_v1_ListReportingHostsRequest, callback: grpc.requestCallback<_minimon_v1_ListReportingHostsResponse__Output>): grpc.ClientUnaryCall;
  
  QueryLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  QueryLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  QueryLatest(argument: _minimon_v1_QueryLatestRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  QueryLatest(argument: _minimon_v1_QueryLatestRequest, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  queryLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  queryLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  queryLatest(argument: _minimon_v1_QueryLatestRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  queryLatest(argument: _minimon_v1_QueryLatestRequest, callback: grpc.requestCallback<_minimon_v1_QueryLatestResponse__Output>): grpc.ClientUnaryCall;
  
  QueryPromql(argument: _minimon_v1_QueryPromqlRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  QueryPromql(argument: _minimon_v1_QueryPromqlRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  QueryPromql(argument: _minimon_v1_QueryPromqlRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  QueryPromql(argument: _minimon_v1_QueryPromqlRequest, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  queryPromql(argument: _minimon_v1_QueryPromqlRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  queryPromql(argument: _minimon_v1_QueryPromqlRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  queryPromql(argument: _minimon_v1_QueryPromqlRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  queryPromql(argument: _minimon_v1_QueryPromqlRequest, callback: grpc.requestCallback<_minimon_v1_QueryPromqlResponse__Output>): grpc.ClientUnaryCall;
  
  QueryRange(argument: _minimon_v1_QueryRangeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  QueryRange(argument: _minimon_v1_QueryRangeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  QueryRange(argument: _minimon_v1_QueryRangeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  QueryRange(argument: _minimon_v1_QueryRangeRequest, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  queryRange(argument: _minimon_v1_QueryRangeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  queryRange(argument: _minimon_v1_QueryRangeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  queryRange(argument: _minimon_v1_QueryRangeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  queryRange(argument: _minimon_v1_QueryRangeRequest, callback: grpc.requestCallback<_minimon_v1_QueryRangeResponse__Output>): grpc.ClientUnaryCall;
  
  WatchLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_QueryLatestResponse__Output>;
  WatchLatest(argument: _minimon_v1_QueryLatestRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_QueryLatestResponse__Output>;
  watchLatest(argument: _minimon_v1_QueryLatestRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_QueryLatestResponse__Output>;
  watchLatest(argument: _minimon_v1_QueryLatestRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_QueryLatestResponse__Output>;
  
}

export interface AnalyzeServiceHandlers extends grpc.UntypedServiceImplementation {
  Backtest: grpc.handleServerStreamingCall<_minimon_v1_BacktestRequest__Output, _minimon_v1_BacktestResponse>;
  
  FindRecordsByLocation: grpc.handleUnaryCall<_minimon_v1_FindRecordsByLocationRequest__Output, _minimon_v1_FindRecordsByLocationResponse>;
  
  ListMetrics: grpc.handleUnaryCall<_minimon_v1_ListMetricsRequest__Output, _minimon_v1_ListMetricsResponse>;
  
  ListReportingHosts: grpc.handleUnaryCall<_minimon_v1_ListReportingHostsRequest__Output, _minimon_v1_ListReportingHostsResponse>;
  
  QueryLatest: grpc.handleUnaryCall<_minimon_v1_QueryLatestRequest__Output, _minimon_v1_QueryLatestResponse>;
  
  QueryPromql: grpc.handleUnaryCall<_minimon_v1_QueryPromqlRequest__Output, _minimon_v1_QueryPromqlResponse>;
  
  QueryRange: grpc.handleUnaryCall<_minimon_v1_QueryRangeRequest__Output, _minimon_v1_QueryRangeResponse>;
  
  WatchLatest: grpc.handleServerStreamingCall<_minimon_v1_QueryLatestRequest__Output, _minimon_v1_QueryLatestResponse>;
  
}

export interface AnalyzeServiceDefinition extends grpc.ServiceDefinition {
  Backtest: MethodDefinition<_minimon_v1_BacktestRequest, _minimon_v1_BacktestResponse, _minimon_v1_BacktestRequest__Output, _minimon_v1_BacktestResponse__Output>
  FindRecordsByLocation: MethodDefinition<_minimon_v1_FindRecordsByLocationRequest, _minimon_v1_FindRecordsByLocationResponse, _minimon_v1_FindRecordsByLocationRequest__Output, _minimon_v1_FindRecordsByLocationResponse__Output>
  ListMetrics: MethodDefinition<_minimon_v1_ListMetricsRequest, _minimon_v1_ListMetricsResponse, _minimon_v1_ListMetricsRequest__Output, _minimon_v1_ListMetricsResponse__Output>
  ListReportingHosts: MethodDefinition<_minimon_v1_ListReportingHostsRequest, _minimon_v1_ListReportingHostsResponse, _minimon_v1_ListReportingHostsRequest__Output, _minimon_v1_ListReportingHostsResponse__Output>
  QueryLatest: MethodDefinition<_minimon_v1_QueryLatestRequest, _minimon_v1_QueryLatestResponse, _minimon_v1_QueryLatestRequest__Output, _minimon_v1_QueryLatestResponse__Output>
  QueryPromql: MethodDefinition<_minimon_v1_QueryPromqlRequest, _minimon_v1_QueryPromqlResponse, _minimon_v1_QueryPromqlRequest__Output, _minimon_v1_QueryPromqlResponse__Output>
  QueryRange: MethodDefinition<_minimon_v1_QueryRangeRequest, _minimon_v1_QueryRangeResponse, _minimon_v1_QueryRangeRequest__Output, _minimon_v1_QueryRangeResponse__Output>
  WatchLatest: MethodDefinition<_minimon_v1_QueryLatestRequest, _minimon_v1_QueryLatestResponse, _minimon_v1_QueryLatestRequest__Output, _minimon_v1_QueryLatestResponse__Output>
}
