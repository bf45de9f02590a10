import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AcknowledgeRequest as _minimon_v1_AcknowledgeRequest, AcknowledgeRequest__Output as _minimon_v1_AcknowledgeRequest__Output } from './minimon/v1/AcknowledgeRequest.ts';
import type { AcknowledgeResponse as _minimon_v1_AcknowledgeResponse, AcknowledgeResponse__Output as _minimon_v1_AcknowledgeResponse__Output } from './minimon/v1/AcknowledgeResponse.ts';
import type { Alert as _minimon_v1_Alert, Alert__Output as _minimon_v1_Alert__Output } from './minimon/v1/Alert.ts';
import type { AlertAcknowledgement as _minimon_v1_AlertAcknowledgement, AlertAcknowledgement__Output as _minimon_v1_AlertAcknowledgement__Output } from './minimon/v1/AlertAcknowledgement.ts';
import type { AlertSilence as _minimon_v1_AlertSilence, AlertSilence__Output as _minimon_v1_AlertSilence__Output } from './minimon/v1/AlertSilence.ts';
import type { ExplainRequest as _minimon_v1_ExplainRequest, ExplainRequest__Output as _minimon_v1_ExplainRequest__Output } from './minimon/v1/ExplainRequest.ts';
import type { ExplainResponse as _minimon_v1_ExplainResponse, ExplainResponse__Output as _minimon_v1_ExplainResponse__Output } from './minimon/v1/ExplainResponse.ts';
import type { GetStatusRequest as _minimon_v1_GetStatusRequest, GetStatusRequest__Output as _minimon_v1_GetStatusRequest__Output } from './minimon/v1/GetStatusRequest.ts';
import type { HistoryEntry as _minimon_v1_HistoryEntry, HistoryEntry__Output as _minimon_v1_HistoryEntry__Output } from './minimon/v1/HistoryEntry.ts';
import type { HistoryMessage as _minimon_v1_HistoryMessage, HistoryMessage__Output as _minimon_v1_HistoryMessage__Output } from './minimon/v1/HistoryMessage.ts';
import type { HistorySubject as _minimon_v1_HistorySubject, HistorySubject__Output as _minimon_v1_HistorySubject__Output } from './minimon/v1/HistorySubject.ts';
import type { ListAlertsRequest as _minimon_v1_ListAlertsRequest, ListAlertsRequest__Output as _minimon_v1_ListAlertsRequest__Output } from './minimon/v1/ListAlertsRequest.ts';
import type { ListAlertsResponse as _minimon_v1_ListAlertsResponse, ListAlertsResponse__Output as _minimon_v1_ListAlertsResponse__Output } from './minimon/v1/ListAlertsResponse.ts';
import type { ListHistoryRequest as _minimon_v1_ListHistoryRequest, ListHistoryRequest__Output as _minimon_v1_ListHistoryRequest__Output } from './minimon/v1/ListHistoryRequest.ts';
import type { ListHistoryResponse as _minimon_v1_ListHistoryResponse, ListHistoryResponse__Output as _minimon_v1_ListHistoryResponse__Output } from './minimon/v1/ListHistoryResponse.ts';
import type { ListReceiverHealthRequest as _minimon_v1_ListReceiverHealthRequest, ListReceiverHealthRequest__Output as _minimon_v1_ListReceiverHealthRequest__Output } from './minimon/v1/ListReceiverHealthRequest.ts';
import type { ListReceiverHealthResponse as _minimon_v1_ListReceiverHealthResponse, ListReceiverHealthResponse__Output as _minimon_v1_ListReceiverHealthResponse__Output } from './minimon/v1/ListReceiverHealthResponse.ts';
import type { ListRuleHealthRequest as _minimon_v1_ListRuleHealthRequest, ListRuleHealthRequest__Output as _minimon_v1_ListRuleHealthRequest__Output } from './minimon/v1/ListRuleHealthRequest.ts';
import type { ListRuleHealthResponse as _minimon_v1_ListRuleHealthResponse, ListRuleHealthResponse__Output as _minimon_v1_ListRuleHealthResponse__Output } from './minimon/v1/ListRuleHealthResponse.ts';
import type { PartitionStatus as _minimon_v1_PartitionStatus, PartitionStatus__Output as _minimon_v1_PartitionStatus__Output } from './minimon/v1/PartitionStatus.ts';
import type { ReceiverHealth as _minimon_v1_ReceiverHealth, ReceiverHealth__Output as _minimon_v1_ReceiverHealth__Output } from './minimon/v1/ReceiverHealth.ts';
import type { RouteOfRequest as _minimon_v1_RouteOfRequest, RouteOfRequest__Output as _minimon_v1_RouteOfRequest__Output } from './minimon/v1/RouteOfRequest.ts';
import type { RouteOfResponse as _minimon_v1_RouteOfResponse, RouteOfResponse__Output as _minimon_v1_RouteOfResponse__Output } from './minimon/v1/RouteOfResponse.ts';
import type { RoutedReceiver as _minimon_v1_RoutedReceiver, RoutedReceiver__Output as _minimon_v1_RoutedReceiver__Output } from './minimon/v1/RoutedReceiver.ts';
import type { RuleHealth as _minimon_v1_RuleHealth, RuleHealth__Output as _minimon_v1_RuleHealth__Output } from './minimon/v1/RuleHealth.ts';
import type { TestReceiverRequest as _minimon_v1_TestReceiverRequest, TestReceiverRequest__Output as _minimon_v1_TestReceiverRequest__Output } from './minimon/v1/TestReceiverRequest.ts';
import type { TestReceiverResponse as _minimon_v1_TestReceiverResponse, TestReceiverResponse__Output as _minimon_v1_TestReceiverResponse__Output } from './minimon/v1/TestReceiverResponse.ts';
import type { TestResult as _minimon_v1_TestResult, TestResult__Output as _minimon_v1_TestResult__Output } from './minimon/v1/TestResult.ts';
import type { WarnServiceClient as _minimon_v1_WarnServiceClient, WarnServiceDefinition as _minimon_v1_WarnServiceDefinition } from './minimon/v1/WarnService.ts';
import type { WarnStatus as _minimon_v1_WarnStatus, WarnStatus__Output as _minimon_v1_WarnStatus__Output } from './minimon/v1/WarnStatus.ts';
import type { WhyStep as _minimon_v1_WhyStep, WhyStep__Output as _minimon_v1_WhyStep__Output } from './minimon/v1/WhyStep.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  minimon: {
    v1: {
      AcknowledgeRequest: MessageTypeDefinition<_minimon_v1_AcknowledgeRequest, _minimon_v1_AcknowledgeRequest__Output>
      AcknowledgeResponse: MessageTypeDefinition<_minimon_v1_AcknowledgeResponse, _minimon_v1_AcknowledgeResponse__Output>
      Alert: MessageTypeDefinition<_minimon_v1_Alert, _minimon_v1_Alert__Output>
      AlertAcknowledgement: MessageTypeDefinition<_minimon_v1_AlertAcknowledgement, _minimon_v1_AlertAcknowledgement__Output>
      AlertSeverity: EnumTypeDefinition
      AlertSilence: MessageTypeDefinition<_minimon_v1_AlertSilence, _minimon_v1_AlertSilence__Output>
      AlertState: EnumTypeDefinition
      ExplainRequest: MessageTypeDefinition<_minimon_v1_ExplainRequest, _minimon_v1_ExplainRequest__Output>
      ExplainResponse: MessageTypeDefinition<_minimon_v1_ExplainResponse, _minimon_v1_ExplainResponse__Output>
      GetStatusRequest: MessageTypeDefinition<_minimon_v1_GetStatusRequest, _minimon_v1_GetStatusRequest__Output>
      HistoryEntry: MessageTypeDefinition<_minimon_v1_HistoryEntry, _minimon_v1_HistoryEntry__Output>
      HistoryKind: EnumTypeDefinition
      HistoryMessage: MessageTypeDefinition<_minimon_v1_HistoryMessage, _minimon_v1_HistoryMessage__Output>
      HistorySubject: MessageTypeDefinition<_minimon_v1_HistorySubject, _minimon_v1_HistorySubject__Output>
      ListAlertsRequest: MessageTypeDefinition<_minimon_v1_ListAlertsRequest, _minimon_v1_ListAlertsRequest__Output>
      ListAlertsResponse: MessageTypeDefinition<_minimon_v1_ListAlertsResponse, _minimon_v1_ListAlertsResponse__Output>
      ListHistoryRequest: MessageTypeDefinition<_minimon_v1_ListHistoryRequest, _minimon_v1_ListHistoryRequest__Output>
      ListHistoryResponse: MessageTypeDefinition<_minimon_v1_ListHistoryResponse, _minimon_v1_ListHistoryResponse__Output>
      ListReceiverHealthRequest: MessageTypeDefinition<_minimon_v1_ListReceiverHealthRequest, _minimon_v1_ListReceiverHealthRequest__Output>
      ListReceiverHealthResponse: MessageTypeDefinition<_minimon_v1_ListReceiverHealthResponse, _minimon_v1_ListReceiverHealthResponse__Output>
      ListRuleHealthRequest: MessageTypeDefinition<_minimon_v1_ListRuleHealthRequest, _minimon_v1_ListRuleHealthRequest__Output>
      ListRuleHealthResponse: MessageTypeDefinition<_minimon_v1_ListRuleHealthResponse, _minimon_v1_ListRuleHealthResponse__Output>
      Outcome: EnumTypeDefinition
      PartitionStatus: MessageTypeDefinition<_minimon_v1_PartitionStatus, _minimon_v1_PartitionStatus__Output>
      ReceiverHealth: MessageTypeDefinition<_minimon_v1_ReceiverHealth, _minimon_v1_ReceiverHealth__Output>
      ReceiverState: EnumTypeDefinition
      RouteOfRequest: MessageTypeDefinition<_minimon_v1_RouteOfRequest, _minimon_v1_RouteOfRequest__Output>
      RouteOfResponse: MessageTypeDefinition<_minimon_v1_RouteOfResponse, _minimon_v1_RouteOfResponse__Output>
      RoutedReceiver: MessageTypeDefinition<_minimon_v1_RoutedReceiver, _minimon_v1_RoutedReceiver__Output>
      RuleHealth: MessageTypeDefinition<_minimon_v1_RuleHealth, _minimon_v1_RuleHealth__Output>
      TestReceiverRequest: MessageTypeDefinition<_minimon_v1_TestReceiverRequest, _minimon_v1_TestReceiverRequest__Output>
      TestReceiverResponse: MessageTypeDefinition<_minimon_v1_TestReceiverResponse, _minimon_v1_TestReceiverResponse__Output>
      TestResult: MessageTypeDefinition<_minimon_v1_TestResult, _minimon_v1_TestResult__Output>
      WarnRole: EnumTypeDefinition
      WarnService: SubtypeConstructor<typeof grpc.Client, _minimon_v1_WarnServiceClient> & { service: _minimon_v1_WarnServiceDefinition }
      WarnStatus: MessageTypeDefinition<_minimon_v1_WarnStatus, _minimon_v1_WarnStatus__Output>
      WhyStep: MessageTypeDefinition<_minimon_v1_WhyStep, _minimon_v1_WhyStep__Output>
      WhyTopic: EnumTypeDefinition
      WhyVerdict: EnumTypeDefinition
    }
  }
}

