// Original file: minimon/v1/warn.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AcknowledgeRequest as _minimon_v1_AcknowledgeRequest, AcknowledgeRequest__Output as _minimon_v1_AcknowledgeRequest__Output } from '../../minimon/v1/AcknowledgeRequest.ts';
import type { AcknowledgeResponse as _minimon_v1_AcknowledgeResponse, AcknowledgeResponse__Output as _minimon_v1_AcknowledgeResponse__Output } from '../../minimon/v1/AcknowledgeResponse.ts';
import type { ExplainRequest as _minimon_v1_ExplainRequest, ExplainRequest__Output as _minimon_v1_ExplainRequest__Output } from '../../minimon/v1/ExplainRequest.ts';
import type { ExplainResponse as _minimon_v1_ExplainResponse, ExplainResponse__Output as _minimon_v1_ExplainResponse__Output } from '../../minimon/v1/ExplainResponse.ts';
import type { GetStatusRequest as _minimon_v1_GetStatusRequest, GetStatusRequest__Output as _minimon_v1_GetStatusRequest__Output } from '../../minimon/v1/GetStatusRequest.ts';
import type { ListAlertsRequest as _minimon_v1_ListAlertsRequest, ListAlertsRequest__Output as _minimon_v1_ListAlertsRequest__Output } from '../../minimon/v1/ListAlertsRequest.ts';
import type { ListAlertsResponse as _minimon_v1_ListAlertsResponse, ListAlertsResponse__Output as _minimon_v1_ListAlertsResponse__Output } from '../../minimon/v1/ListAlertsResponse.ts';
import type { ListHistoryRequest as _minimon_v1_ListHistoryRequest, ListHistoryRequest__Output as _minimon_v1_ListHistoryRequest__Output } from '../../minimon/v1/ListHistoryRequest.ts';
import type { ListHistoryResponse as _minimon_v1_ListHistoryResponse, ListHistoryResponse__Output as _minimon_v1_ListHistoryResponse__Output } from '../../minimon/v1/ListHistoryResponse.ts';
import type { ListReceiverHealthRequest as _minimon_v1_ListReceiverHealthRequest, ListReceiverHealthRequest__Output as _minimon_v1_ListReceiverHealthRequest__Output } from '../../minimon/v1/ListReceiverHealthRequest.ts';
import type { ListReceiverHealthResponse as _minimon_v1_ListReceiverHealthResponse, ListReceiverHealthResponse__Output as _minimon_v1_ListReceiverHealthResponse__Output } from '../../minimon/v1/ListReceiverHealthResponse.ts';
import type { ListRuleHealthRequest as _minimon_v1_ListRuleHealthRequest, ListRuleHealthRequest__Output as _minimon_v1_ListRuleHealthRequest__Output } from '../../minimon/v1/ListRuleHealthRequest.ts';
import type { ListRuleHealthResponse as _minimon_v1_ListRuleHealthResponse, ListRuleHealthResponse__Output as _minimon_v1_ListRuleHealthResponse__Output } from '../../minimon/v1/ListRuleHealthResponse.ts';
import type { RouteOfRequest as _minimon_v1_RouteOfRequest, RouteOfRequest__Output as _minimon_v1_RouteOfRequest__Output } from '../../minimon/v1/RouteOfRequest.ts';
import type { RouteOfResponse as _minimon_v1_RouteOfResponse, RouteOfResponse__Output as _minimon_v1_RouteOfResponse__Output } from '../../minimon/v1/RouteOfResponse.ts';
import type { TestReceiverRequest as _minimon_v1_TestReceiverRequest, TestReceiverRequest__Output as _minimon_v1_TestReceiverRequest__Output } from '../../minimon/v1/TestReceiverRequest.ts';
import type { TestReceiverResponse as _minimon_v1_TestReceiverResponse, TestReceiverResponse__Output as _minimon_v1_TestReceiverResponse__Output } from '../../minimon/v1/TestReceiverResponse.ts';
import type { WarnStatus as _minimon_v1_WarnStatus, WarnStatus__Output as _minimon_v1_WarnStatus__Output } from '../../minimon/v1/WarnStatus.ts';

export interface WarnServiceClient extends grpc.Client {
  Acknowledge(argument: _minimon_v1_AcknowledgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  Acknowledge(argument: _minimon_v1_AcknowledgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  Acknowledge(argument: _minimon_v1_AcknowledgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  Acknowledge(argument: _minimon_v1_AcknowledgeRequest, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  acknowledge(argument: _minimon_v1_AcknowledgeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  acknowledge(argument: _minimon_v1_AcknowledgeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  acknowledge(argument: _minimon_v1_AcknowledgeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  acknowledge(argument: _minimon_v1_AcknowledgeRequest, callback: grpc.requestCallback<_minimon_v1_AcknowledgeResponse__Output>): grpc.ClientUnaryCall;
  
  Explain(argument: _minimon_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _minimon_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _minimon_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  Explain(argument: _minimon_v1_ExplainRequest, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _minimon_v1_ExplainRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _minimon_v1_ExplainRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _minimon_v1_ExplainRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  explain(argument: _minimon_v1_ExplainRequest, callback: grpc.requestCallback<_minimon_v1_ExplainResponse__Output>): grpc.ClientUnaryCall;
  
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
  
  ListHistory(argument: _minimon_v1_ListHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  ListHistory(argument: _minimon_v1_ListHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  ListHistory(argument: _minimon_v1_ListHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  ListHistory(argument: _minimon_v1_ListHistoryRequest, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  listHistory(argument: _minimon_v1_ListHistoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  listHistory(argument: _minimon_v1_ListHistoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  listHistory(argument: _minimon_v1_ListHistoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  listHistory(argument: _minimon_v1_ListHistoryRequest, callback: grpc.requestCallback<_minimon_v1_ListHistoryResponse__Output>): grpc.ClientUnaryCall;
  
  ListReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  ListReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  ListReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  ListReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  listReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  listReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  listReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  listReceiverHealth(argument: _minimon_v1_ListReceiverHealthRequest, callback: grpc.requestCallback<_minimon_v1_ListReceiverHealthResponse__Output>): grpc.ClientUnaryCall;
  
  ListRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  ListRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  ListRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  ListRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  listRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  listRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  listRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  listRuleHealth(argument: _minimon_v1_ListRuleHealthRequest, callback: grpc.requestCallback<_minimon_v1_ListRuleHealthResponse__Output>): grpc.ClientUnaryCall;
  
  RouteOf(argument: _minimon_v1_RouteOfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  RouteOf(argument: _minimon_v1_RouteOfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  RouteOf(argument: _minimon_v1_RouteOfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  RouteOf(argument: _minimon_v1_RouteOfRequest, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  routeOf(argument: _minimon_v1_RouteOfRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  routeOf(argument: _minimon_v1_RouteOfRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  routeOf(argument: _minimon_v1_RouteOfRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  routeOf(argument: _minimon_v1_RouteOfRequest, callback: grpc.requestCallback<_minimon_v1_RouteOfResponse__Output>): grpc.ClientUnaryCall;
  
  TestReceiver(argument: _minimon_v1_TestReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  TestReceiver(argument: _minimon_v1_TestReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  TestReceiver(argument: _minimon_v1_TestReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  TestReceiver(argument: _minimon_v1_TestReceiverRequest, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  testReceiver(argument: _minimon_v1_TestReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  testReceiver(argument: _minimon_v1_TestReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  testReceiver(argument: _minimon_v1_TestReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  testReceiver(argument: _minimon_v1_TestReceiverRequest, callback: grpc.requestCallback<_minimon_v1_TestReceiverResponse__Output>): grpc.ClientUnaryCall;
  
  WatchAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_ListAlertsResponse__Output>;
  WatchAlerts(argument: _minimon_v1_ListAlertsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_ListAlertsResponse__Output>;
  watchAlerts(argument: _minimon_v1_ListAlertsRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_ListAlertsResponse__Output>;
  watchAlerts(argument: _minimon_v1_ListAlertsRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_ListAlertsResponse__Output>;
  
}

export interface WarnServiceHandlers extends grpc.UntypedServiceImplementation {
  Acknowledge: grpc.handleUnaryCall<_minimon_v1_AcknowledgeRequest__Output, _minimon_v1_AcknowledgeResponse>;
  
  Explain: grpc.handleUnaryCall<_minimon_v1_ExplainRequest__Output, _minimon_v1_ExplainResponse>;
  
  GetStatus: grpc.handleUnaryCall<_minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus>;
  
  ListAlerts: grpc.handleUnaryCall<_minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse>;
  
  ListHistory: grpc.handleUnaryCall<_minimon_v1_ListHistoryRequest__Output, _minimon_v1_ListHistoryResponse>;
  
  ListReceiverHealth: grpc.handleUnaryCall<_minimon_v1_ListReceiverHealthRequest__Output, _minimon_v1_ListReceiverHealthResponse>;
  
  ListRuleHealth: grpc.handleUnaryCall<_minimon_v1_ListRuleHealthRequest__Output, _minimon_v1_ListRuleHealthResponse>;
  
  RouteOf: grpc.handleUnaryCall<_minimon_v1_RouteOfRequest__Output, _minimon_v1_RouteOfResponse>;
  
  TestReceiver: grpc.handleUnaryCall<_minimon_v1_TestReceiverRequest__Output, _minimon_v1_TestReceiverResponse>;
  
  WatchAlerts: grpc.handleServerStreamingCall<_minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse>;
  
}

export interface WarnServiceDefinition extends grpc.ServiceDefinition {
  Acknowledge: MethodDefinition<_minimon_v1_AcknowledgeRequest, _minimon_v1_AcknowledgeResponse, _minimon_v1_AcknowledgeRequest__Output, _minimon_v1_AcknowledgeResponse__Output>
  Explain: MethodDefinition<_minimon_v1_ExplainRequest, _minimon_v1_ExplainResponse, _minimon_v1_ExplainRequest__Output, _minimon_v1_ExplainResponse__Output>
  GetStatus: MethodDefinition<_minimon_v1_GetStatusRequest, _minimon_v1_WarnStatus, _minimon_v1_GetStatusRequest__Output, _minimon_v1_WarnStatus__Output>
  ListAlerts: MethodDefinition<_minimon_v1_ListAlertsRequest, _minimon_v1_ListAlertsResponse, _minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse__Output>
  ListHistory: MethodDefinition<_minimon_v1_ListHistoryRequest, _minimon_v1_ListHistoryResponse, _minimon_v1_ListHistoryRequest__Output, _minimon_v1_ListHistoryResponse__Output>
  ListReceiverHealth: MethodDefinition<_minimon_v1_ListReceiverHealthRequest, _minimon_v1_ListReceiverHealthResponse, _minimon_v1_ListReceiverHealthRequest__Output, _minimon_v1_ListReceiverHealthResponse__Output>
  ListRuleHealth: MethodDefinition<_minimon_v1_ListRuleHealthRequest, _minimon_v1_ListRuleHealthResponse, _minimon_v1_ListRuleHealthRequest__Output, _minimon_v1_ListRuleHealthResponse__Output>
  RouteOf: MethodDefinition<_minimon_v1_RouteOfRequest, _minimon_v1_RouteOfResponse, _minimon_v1_RouteOfRequest__Output, _minimon_v1_RouteOfResponse__Output>
  TestReceiver: MethodDefinition<_minimon_v1_TestReceiverRequest, _minimon_v1_TestReceiverResponse, _minimon_v1_TestReceiverRequest__Output, _minimon_v1_TestReceiverResponse__Output>
  WatchAlerts: MethodDefinition<_minimon_v1_ListAlertsRequest, _minimon_v1_ListAlertsResponse, _minimon_v1_ListAlertsRequest__Output, _minimon_v1_ListAlertsResponse__Output>
}
