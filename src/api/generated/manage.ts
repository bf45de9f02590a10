import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AlertConfiguration as _minimon_v1_AlertConfiguration, AlertConfiguration__Output as _minimon_v1_AlertConfiguration__Output } from './minimon/v1/AlertConfiguration.ts';
import type { ApplyRulesResponse as _minimon_v1_ApplyRulesResponse, ApplyRulesResponse__Output as _minimon_v1_ApplyRulesResponse__Output } from './minimon/v1/ApplyRulesResponse.ts';
import type { AssignHostsRequest as _minimon_v1_AssignHostsRequest, AssignHostsRequest__Output as _minimon_v1_AssignHostsRequest__Output } from './minimon/v1/AssignHostsRequest.ts';
import type { AssignHostsResponse as _minimon_v1_AssignHostsResponse, AssignHostsResponse__Output as _minimon_v1_AssignHostsResponse__Output } from './minimon/v1/AssignHostsResponse.ts';
import type { AssignOutcome as _minimon_v1_AssignOutcome, AssignOutcome__Output as _minimon_v1_AssignOutcome__Output } from './minimon/v1/AssignOutcome.ts';
import type { Assignment as _minimon_v1_Assignment, Assignment__Output as _minimon_v1_Assignment__Output } from './minimon/v1/Assignment.ts';
import type { AuditEntry as _minimon_v1_AuditEntry, AuditEntry__Output as _minimon_v1_AuditEntry__Output } from './minimon/v1/AuditEntry.ts';
import type { AuditedChange as _minimon_v1_AuditedChange, AuditedChange__Output as _minimon_v1_AuditedChange__Output } from './minimon/v1/AuditedChange.ts';
import type { CreateJoinTokenRequest as _minimon_v1_CreateJoinTokenRequest, CreateJoinTokenRequest__Output as _minimon_v1_CreateJoinTokenRequest__Output } from './minimon/v1/CreateJoinTokenRequest.ts';
import type { CreateJoinTokenResponse as _minimon_v1_CreateJoinTokenResponse, CreateJoinTokenResponse__Output as _minimon_v1_CreateJoinTokenResponse__Output } from './minimon/v1/CreateJoinTokenResponse.ts';
import type { CreateTokenRequest as _minimon_v1_CreateTokenRequest, CreateTokenRequest__Output as _minimon_v1_CreateTokenRequest__Output } from './minimon/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _minimon_v1_CreateTokenResponse, CreateTokenResponse__Output as _minimon_v1_CreateTokenResponse__Output } from './minimon/v1/CreateTokenResponse.ts';
import type { Departure as _minimon_v1_Departure, Departure__Output as _minimon_v1_Departure__Output } from './minimon/v1/Departure.ts';
import type { Enrolment as _minimon_v1_Enrolment, Enrolment__Output as _minimon_v1_Enrolment__Output } from './minimon/v1/Enrolment.ts';
import type { ExpireSilenceRequest as _minimon_v1_ExpireSilenceRequest, ExpireSilenceRequest__Output as _minimon_v1_ExpireSilenceRequest__Output } from './minimon/v1/ExpireSilenceRequest.ts';
import type { ExpireSilenceResponse as _minimon_v1_ExpireSilenceResponse, ExpireSilenceResponse__Output as _minimon_v1_ExpireSilenceResponse__Output } from './minimon/v1/ExpireSilenceResponse.ts';
import type { FindAllHostRequest as _minimon_v1_FindAllHostRequest, FindAllHostRequest__Output as _minimon_v1_FindAllHostRequest__Output } from './minimon/v1/FindAllHostRequest.ts';
import type { FindAllHostResponse as _minimon_v1_FindAllHostResponse, FindAllHostResponse__Output as _minimon_v1_FindAllHostResponse__Output } from './minimon/v1/FindAllHostResponse.ts';
import type { FindNotManagedHostsRequest as _minimon_v1_FindNotManagedHostsRequest, FindNotManagedHostsRequest__Output as _minimon_v1_FindNotManagedHostsRequest__Output } from './minimon/v1/FindNotManagedHostsRequest.ts';
import type { FindNotManagedHostsResponse as _minimon_v1_FindNotManagedHostsResponse, FindNotManagedHostsResponse__Output as _minimon_v1_FindNotManagedHostsResponse__Output } from './minimon/v1/FindNotManagedHostsResponse.ts';
import type { GetHostRequest as _minimon_v1_GetHostRequest, GetHostRequest__Output as _minimon_v1_GetHostRequest__Output } from './minimon/v1/GetHostRequest.ts';
import type { Host as _minimon_v1_Host, Host__Output as _minimon_v1_Host__Output } from './minimon/v1/Host.ts';
import type { HostChange as _minimon_v1_HostChange, HostChange__Output as _minimon_v1_HostChange__Output } from './minimon/v1/HostChange.ts';
import type { HostIdsRequest as _minimon_v1_HostIdsRequest, HostIdsRequest__Output as _minimon_v1_HostIdsRequest__Output } from './minimon/v1/HostIdsRequest.ts';
import type { HostIdsResponse as _minimon_v1_HostIdsResponse, HostIdsResponse__Output as _minimon_v1_HostIdsResponse__Output } from './minimon/v1/HostIdsResponse.ts';
import type { InsertAHostRequest as _minimon_v1_InsertAHostRequest, InsertAHostRequest__Output as _minimon_v1_InsertAHostRequest__Output } from './minimon/v1/InsertAHostRequest.ts';
import type { InsertAHostResponse as _minimon_v1_InsertAHostResponse, InsertAHostResponse__Output as _minimon_v1_InsertAHostResponse__Output } from './minimon/v1/InsertAHostResponse.ts';
import type { InsertHostRequest as _minimon_v1_InsertHostRequest, InsertHostRequest__Output as _minimon_v1_InsertHostRequest__Output } from './minimon/v1/InsertHostRequest.ts';
import type { InsertHostResponse as _minimon_v1_InsertHostResponse, InsertHostResponse__Output as _minimon_v1_InsertHostResponse__Output } from './minimon/v1/InsertHostResponse.ts';
import type { InsertedHosts as _minimon_v1_InsertedHosts, InsertedHosts__Output as _minimon_v1_InsertedHosts__Output } from './minimon/v1/InsertedHosts.ts';
import type { InventoryHost as _minimon_v1_InventoryHost, InventoryHost__Output as _minimon_v1_InventoryHost__Output } from './minimon/v1/InventoryHost.ts';
import type { JoinHostRequest as _minimon_v1_JoinHostRequest, JoinHostRequest__Output as _minimon_v1_JoinHostRequest__Output } from './minimon/v1/JoinHostRequest.ts';
import type { JoinHostResponse as _minimon_v1_JoinHostResponse, JoinHostResponse__Output as _minimon_v1_JoinHostResponse__Output } from './minimon/v1/JoinHostResponse.ts';
import type { KnownToken as _minimon_v1_KnownToken, KnownToken__Output as _minimon_v1_KnownToken__Output } from './minimon/v1/KnownToken.ts';
import type { ListAssignmentsRequest as _minimon_v1_ListAssignmentsRequest, ListAssignmentsRequest__Output as _minimon_v1_ListAssignmentsRequest__Output } from './minimon/v1/ListAssignmentsRequest.ts';
import type { ListAssignmentsResponse as _minimon_v1_ListAssignmentsResponse, ListAssignmentsResponse__Output as _minimon_v1_ListAssignmentsResponse__Output } from './minimon/v1/ListAssignmentsResponse.ts';
import type { ListAuditRequest as _minimon_v1_ListAuditRequest, ListAuditRequest__Output as _minimon_v1_ListAuditRequest__Output } from './minimon/v1/ListAuditRequest.ts';
import type { ListAuditResponse as _minimon_v1_ListAuditResponse, ListAuditResponse__Output as _minimon_v1_ListAuditResponse__Output } from './minimon/v1/ListAuditResponse.ts';
import type { ListEnrolmentsRequest as _minimon_v1_ListEnrolmentsRequest, ListEnrolmentsRequest__Output as _minimon_v1_ListEnrolmentsRequest__Output } from './minimon/v1/ListEnrolmentsRequest.ts';
import type { ListEnrolmentsResponse as _minimon_v1_ListEnrolmentsResponse, ListEnrolmentsResponse__Output as _minimon_v1_ListEnrolmentsResponse__Output } from './minimon/v1/ListEnrolmentsResponse.ts';
import type { ListHostsRequest as _minimon_v1_ListHostsRequest, ListHostsRequest__Output as _minimon_v1_ListHostsRequest__Output } from './minimon/v1/ListHostsRequest.ts';
import type { ListHostsResponse as _minimon_v1_ListHostsResponse, ListHostsResponse__Output as _minimon_v1_ListHostsResponse__Output } from './minimon/v1/ListHostsResponse.ts';
import type { ListInventoryRequest as _minimon_v1_ListInventoryRequest, ListInventoryRequest__Output as _minimon_v1_ListInventoryRequest__Output } from './minimon/v1/ListInventoryRequest.ts';
import type { ListInventoryResponse as _minimon_v1_ListInventoryResponse, ListInventoryResponse__Output as _minimon_v1_ListInventoryResponse__Output } from './minimon/v1/ListInventoryResponse.ts';
import type { ListLocationsRequest as _minimon_v1_ListLocationsRequest, ListLocationsRequest__Output as _minimon_v1_ListLocationsRequest__Output } from './minimon/v1/ListLocationsRequest.ts';
import type { ListLocationsResponse as _minimon_v1_ListLocationsResponse, ListLocationsResponse__Output as _minimon_v1_ListLocationsResponse__Output } from './minimon/v1/ListLocationsResponse.ts';
import type { ListReceiversRequest as _minimon_v1_ListReceiversRequest, ListReceiversRequest__Output as _minimon_v1_ListReceiversRequest__Output } from './minimon/v1/ListReceiversRequest.ts';
import type { ListReceiversResponse as _minimon_v1_ListReceiversResponse, ListReceiversResponse__Output as _minimon_v1_ListReceiversResponse__Output } from './minimon/v1/ListReceiversResponse.ts';
import type { ListRulesRequest as _minimon_v1_ListRulesRequest, ListRulesRequest__Output as _minimon_v1_ListRulesRequest__Output } from './minimon/v1/ListRulesRequest.ts';
import type { ListRulesResponse as _minimon_v1_ListRulesResponse, ListRulesResponse__Output as _minimon_v1_ListRulesResponse__Output } from './minimon/v1/ListRulesResponse.ts';
import type { ListSilencesRequest as _minimon_v1_ListSilencesRequest, ListSilencesRequest__Output as _minimon_v1_ListSilencesRequest__Output } from './minimon/v1/ListSilencesRequest.ts';
import type { ListSilencesResponse as _minimon_v1_ListSilencesResponse, ListSilencesResponse__Output as _minimon_v1_ListSilencesResponse__Output } from './minimon/v1/ListSilencesResponse.ts';
import type { ListTokensRequest as _minimon_v1_ListTokensRequest, ListTokensRequest__Output as _minimon_v1_ListTokensRequest__Output } from './minimon/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _minimon_v1_ListTokensResponse, ListTokensResponse__Output as _minimon_v1_ListTokensResponse__Output } from './minimon/v1/ListTokensResponse.ts';
import type { ListUnmanagedRequest as _minimon_v1_ListUnmanagedRequest, ListUnmanagedRequest__Output as _minimon_v1_ListUnmanagedRequest__Output } from './minimon/v1/ListUnmanagedRequest.ts';
import type { ListUnmanagedResponse as _minimon_v1_ListUnmanagedResponse, ListUnmanagedResponse__Output as _minimon_v1_ListUnmanagedResponse__Output } from './minimon/v1/ListUnmanagedResponse.ts';
import type { Location as _minimon_v1_Location, Location__Output as _minimon_v1_Location__Output } from './minimon/v1/Location.ts';
import type { LocationChangeResponse as _minimon_v1_LocationChangeResponse, LocationChangeResponse__Output as _minimon_v1_LocationChangeResponse__Output } from './minimon/v1/LocationChangeResponse.ts';
import type { ManageServiceClient as _minimon_v1_ManageServiceClient, ManageServiceDefinition as _minimon_v1_ManageServiceDefinition } from './minimon/v1/ManageService.ts';
import type { PlanRulesResponse as _minimon_v1_PlanRulesResponse, PlanRulesResponse__Output as _minimon_v1_PlanRulesResponse__Output } from './minimon/v1/PlanRulesResponse.ts';
import type { PreviewMatchersRequest as _minimon_v1_PreviewMatchersRequest, PreviewMatchersRequest__Output as _minimon_v1_PreviewMatchersRequest__Output } from './minimon/v1/PreviewMatchersRequest.ts';
import type { PreviewMatchersResponse as _minimon_v1_PreviewMatchersResponse, PreviewMatchersResponse__Output as _minimon_v1_PreviewMatchersResponse__Output } from './minimon/v1/PreviewMatchersResponse.ts';
import type { PutReceiverRequest as _minimon_v1_PutReceiverRequest, PutReceiverRequest__Output as _minimon_v1_PutReceiverRequest__Output } from './minimon/v1/PutReceiverRequest.ts';
import type { PutRuleRequest as _minimon_v1_PutRuleRequest, PutRuleRequest__Output as _minimon_v1_PutRuleRequest__Output } from './minimon/v1/PutRuleRequest.ts';
import type { PutRuleResponse as _minimon_v1_PutRuleResponse, PutRuleResponse__Output as _minimon_v1_PutRuleResponse__Output } from './minimon/v1/PutRuleResponse.ts';
import type { PutSilenceRequest as _minimon_v1_PutSilenceRequest, PutSilenceRequest__Output as _minimon_v1_PutSilenceRequest__Output } from './minimon/v1/PutSilenceRequest.ts';
import type { PutSilenceResponse as _minimon_v1_PutSilenceResponse, PutSilenceResponse__Output as _minimon_v1_PutSilenceResponse__Output } from './minimon/v1/PutSilenceResponse.ts';
import type { Receiver as _minimon_v1_Receiver, Receiver__Output as _minimon_v1_Receiver__Output } from './minimon/v1/Receiver.ts';
import type { ReceiverSetup as _minimon_v1_ReceiverSetup, ReceiverSetup__Output as _minimon_v1_ReceiverSetup__Output } from './minimon/v1/ReceiverSetup.ts';
import type { RemoveLocationRequest as _minimon_v1_RemoveLocationRequest, RemoveLocationRequest__Output as _minimon_v1_RemoveLocationRequest__Output } from './minimon/v1/RemoveLocationRequest.ts';
import type { RemoveReceiverRequest as _minimon_v1_RemoveReceiverRequest, RemoveReceiverRequest__Output as _minimon_v1_RemoveReceiverRequest__Output } from './minimon/v1/RemoveReceiverRequest.ts';
import type { RemoveReceiverResponse as _minimon_v1_RemoveReceiverResponse, RemoveReceiverResponse__Output as _minimon_v1_RemoveReceiverResponse__Output } from './minimon/v1/RemoveReceiverResponse.ts';
import type { RemoveRuleRequest as _minimon_v1_RemoveRuleRequest, RemoveRuleRequest__Output as _minimon_v1_RemoveRuleRequest__Output } from './minimon/v1/RemoveRuleRequest.ts';
import type { RemoveRuleResponse as _minimon_v1_RemoveRuleResponse, RemoveRuleResponse__Output as _minimon_v1_RemoveRuleResponse__Output } from './minimon/v1/RemoveRuleResponse.ts';
import type { RenameLocationRequest as _minimon_v1_RenameLocationRequest, RenameLocationRequest__Output as _minimon_v1_RenameLocationRequest__Output } from './minimon/v1/RenameLocationRequest.ts';
import type { RenameRuleRequest as _minimon_v1_RenameRuleRequest, RenameRuleRequest__Output as _minimon_v1_RenameRuleRequest__Output } from './minimon/v1/RenameRuleRequest.ts';
import type { RenameRuleResponse as _minimon_v1_RenameRuleResponse, RenameRuleResponse__Output as _minimon_v1_RenameRuleResponse__Output } from './minimon/v1/RenameRuleResponse.ts';
import type { RenewCredentialRequest as _minimon_v1_RenewCredentialRequest, RenewCredentialRequest__Output as _minimon_v1_RenewCredentialRequest__Output } from './minimon/v1/RenewCredentialRequest.ts';
import type { RenewCredentialResponse as _minimon_v1_RenewCredentialResponse, RenewCredentialResponse__Output as _minimon_v1_RenewCredentialResponse__Output } from './minimon/v1/RenewCredentialResponse.ts';
import type { ReplaceHostRequest as _minimon_v1_ReplaceHostRequest, ReplaceHostRequest__Output as _minimon_v1_ReplaceHostRequest__Output } from './minimon/v1/ReplaceHostRequest.ts';
import type { ReplaceHostResponse as _minimon_v1_ReplaceHostResponse, ReplaceHostResponse__Output as _minimon_v1_ReplaceHostResponse__Output } from './minimon/v1/ReplaceHostResponse.ts';
import type { RevokeTokenRequest as _minimon_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _minimon_v1_RevokeTokenRequest__Output } from './minimon/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _minimon_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _minimon_v1_RevokeTokenResponse__Output } from './minimon/v1/RevokeTokenResponse.ts';
import type { Rule as _minimon_v1_Rule, Rule__Output as _minimon_v1_Rule__Output } from './minimon/v1/Rule.ts';
import type { RuleChange as _minimon_v1_RuleChange, RuleChange__Output as _minimon_v1_RuleChange__Output } from './minimon/v1/RuleChange.ts';
import type { RuleChangesRequest as _minimon_v1_RuleChangesRequest, RuleChangesRequest__Output as _minimon_v1_RuleChangesRequest__Output } from './minimon/v1/RuleChangesRequest.ts';
import type { RuleFault as _minimon_v1_RuleFault, RuleFault__Output as _minimon_v1_RuleFault__Output } from './minimon/v1/RuleFault.ts';
import type { RuleFieldChange as _minimon_v1_RuleFieldChange, RuleFieldChange__Output as _minimon_v1_RuleFieldChange__Output } from './minimon/v1/RuleFieldChange.ts';
import type { SeedHost as _minimon_v1_SeedHost, SeedHost__Output as _minimon_v1_SeedHost__Output } from './minimon/v1/SeedHost.ts';
import type { SetRuleEnabledRequest as _minimon_v1_SetRuleEnabledRequest, SetRuleEnabledRequest__Output as _minimon_v1_SetRuleEnabledRequest__Output } from './minimon/v1/SetRuleEnabledRequest.ts';
import type { SetRuleEnabledResponse as _minimon_v1_SetRuleEnabledResponse, SetRuleEnabledResponse__Output as _minimon_v1_SetRuleEnabledResponse__Output } from './minimon/v1/SetRuleEnabledResponse.ts';
import type { Silence as _minimon_v1_Silence, Silence__Output as _minimon_v1_Silence__Output } from './minimon/v1/Silence.ts';
import type { SourceRule as _minimon_v1_SourceRule, SourceRule__Output as _minimon_v1_SourceRule__Output } from './minimon/v1/SourceRule.ts';
import type { Suggestion as _minimon_v1_Suggestion, Suggestion__Output as _minimon_v1_Suggestion__Output } from './minimon/v1/Suggestion.ts';
import type { SyncTokensRequest as _minimon_v1_SyncTokensRequest, SyncTokensRequest__Output as _minimon_v1_SyncTokensRequest__Output } from './minimon/v1/SyncTokensRequest.ts';
import type { SyncTokensResponse as _minimon_v1_SyncTokensResponse, SyncTokensResponse__Output as _minimon_v1_SyncTokensResponse__Output } from './minimon/v1/SyncTokensResponse.ts';
import type { Token as _minimon_v1_Token, Token__Output as _minimon_v1_Token__Output } from './minimon/v1/Token.ts';
import type { TokenUse as _minimon_v1_TokenUse, TokenUse__Output as _minimon_v1_TokenUse__Output } from './minimon/v1/TokenUse.ts';
import type { UndoChangeRequest as _minimon_v1_UndoChangeRequest, UndoChangeRequest__Output as _minimon_v1_UndoChangeRequest__Output } from './minimon/v1/UndoChangeRequest.ts';
import type { UndoChangeResponse as _minimon_v1_UndoChangeResponse, UndoChangeResponse__Output as _minimon_v1_UndoChangeResponse__Output } from './minimon/v1/UndoChangeResponse.ts';
import type { UpdateHostMsgRequest as _minimon_v1_UpdateHostMsgRequest, UpdateHostMsgRequest__Output as _minimon_v1_UpdateHostMsgRequest__Output } from './minimon/v1/UpdateHostMsgRequest.ts';
import type { UpdateHostMsgResponse as _minimon_v1_UpdateHostMsgResponse, UpdateHostMsgResponse__Output as _minimon_v1_UpdateHostMsgResponse__Output } from './minimon/v1/UpdateHostMsgResponse.ts';
import type { UpdateHostRequest as _minimon_v1_UpdateHostRequest, UpdateHostRequest__Output as _minimon_v1_UpdateHostRequest__Output } from './minimon/v1/UpdateHostRequest.ts';
import type { UpdateHostResponse as _minimon_v1_UpdateHostResponse, UpdateHostResponse__Output as _minimon_v1_UpdateHostResponse__Output } from './minimon/v1/UpdateHostResponse.ts';
import type { WaitingMachine as _minimon_v1_WaitingMachine, WaitingMachine__Output as _minimon_v1_WaitingMachine__Output } from './minimon/v1/WaitingMachine.ts';
import type { WatchAlertConfigurationRequest as _minimon_v1_WatchAlertConfigurationRequest, WatchAlertConfigurationRequest__Output as _minimon_v1_WatchAlertConfigurationRequest__Output } from './minimon/v1/WatchAlertConfigurationRequest.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  minimon: {
    v1: {
      AlertConfiguration: MessageTypeDefinition<_minimon_v1_AlertConfiguration, _minimon_v1_AlertConfiguration__Output>
      ApplyRulesResponse: MessageTypeDefinition<_minimon_v1_ApplyRulesResponse, _minimon_v1_ApplyRulesResponse__Output>
      AssignHostsRequest: MessageTypeDefinition<_minimon_v1_AssignHostsRequest, _minimon_v1_AssignHostsRequest__Output>
      AssignHostsResponse: MessageTypeDefinition<_minimon_v1_AssignHostsResponse, _minimon_v1_AssignHostsResponse__Output>
      AssignOutcome: MessageTypeDefinition<_minimon_v1_AssignOutcome, _minimon_v1_AssignOutcome__Output>
      Assignment: MessageTypeDefinition<_minimon_v1_Assignment, _minimon_v1_Assignment__Output>
      AuditEntry: MessageTypeDefinition<_minimon_v1_AuditEntry, _minimon_v1_AuditEntry__Output>
      AuditedChange: MessageTypeDefinition<_minimon_v1_AuditedChange, _minimon_v1_AuditedChange__Output>
      Change: EnumTypeDefinition
      ConfigurationPart: EnumTypeDefinition
      CreateJoinTokenRequest: MessageTypeDefinition<_minimon_v1_CreateJoinTokenRequest, _minimon_v1_CreateJoinTokenRequest__Output>
      CreateJoinTokenResponse: MessageTypeDefinition<_minimon_v1_CreateJoinTokenResponse, _minimon_v1_CreateJoinTokenResponse__Output>
      CreateTokenRequest: MessageTypeDefinition<_minimon_v1_CreateTokenRequest, _minimon_v1_CreateTokenRequest__Output>
      CreateTokenResponse: MessageTypeDefinition<_minimon_v1_CreateTokenResponse, _minimon_v1_CreateTokenResponse__Output>
      Departure: MessageTypeDefinition<_minimon_v1_Departure, _minimon_v1_Departure__Output>
      Enrolment: MessageTypeDefinition<_minimon_v1_Enrolment, _minimon_v1_Enrolment__Output>
      ExpireSilenceRequest: MessageTypeDefinition<_minimon_v1_ExpireSilenceRequest, _minimon_v1_ExpireSilenceRequest__Output>
      ExpireSilenceResponse: MessageTypeDefinition<_minimon_v1_ExpireSilenceResponse, _minimon_v1_ExpireSilenceResponse__Output>
      FindAllHostRequest: MessageTypeDefinition<_minimon_v1_FindAllHostRequest, _minimon_v1_FindAllHostRequest__Output>
      FindAllHostResponse: MessageTypeDefinition<_minimon_v1_FindAllHostResponse, _minimon_v1_FindAllHostResponse__Output>
      FindNotManagedHostsRequest: MessageTypeDefinition<_minimon_v1_FindNotManagedHostsRequest, _minimon_v1_FindNotManagedHostsRequest__Output>
      FindNotManagedHostsResponse: MessageTypeDefinition<_minimon_v1_FindNotManagedHostsResponse, _minimon_v1_FindNotManagedHostsResponse__Output>
      GetHostRequest: MessageTypeDefinition<_minimon_v1_GetHostRequest, _minimon_v1_GetHostRequest__Output>
      Host: MessageTypeDefinition<_minimon_v1_Host, _minimon_v1_Host__Output>
      HostChange: MessageTypeDefinition<_minimon_v1_HostChange, _minimon_v1_HostChange__Output>
      HostIdsRequest: MessageTypeDefinition<_minimon_v1_HostIdsRequest, _minimon_v1_HostIdsRequest__Output>
      HostIdsResponse: MessageTypeDefinition<_minimon_v1_HostIdsResponse, _minimon_v1_HostIdsResponse__Output>
      HostState: EnumTypeDefinition
      InsertAHostRequest: MessageTypeDefinition<_minimon_v1_InsertAHostRequest, _minimon_v1_InsertAHostRequest__Output>
      InsertAHostResponse: MessageTypeDefinition<_minimon_v1_InsertAHostResponse, _minimon_v1_InsertAHostResponse__Output>
      InsertHostRequest: MessageTypeDefinition<_minimon_v1_InsertHostRequest, _minimon_v1_InsertHostRequest__Output>
      InsertHostResponse: MessageTypeDefinition<_minimon_v1_InsertHostResponse, _minimon_v1_InsertHostResponse__Output>
      InsertedHosts: MessageTypeDefinition<_minimon_v1_InsertedHosts, _minimon_v1_InsertedHosts__Output>
      InventoryHost: MessageTypeDefinition<_minimon_v1_InventoryHost, _minimon_v1_InventoryHost__Output>
      JoinHostRequest: MessageTypeDefinition<_minimon_v1_JoinHostRequest, _minimon_v1_JoinHostRequest__Output>
      JoinHostResponse: MessageTypeDefinition<_minimon_v1_JoinHostResponse, _minimon_v1_JoinHostResponse__Output>
      KnownToken: MessageTypeDefinition<_minimon_v1_KnownToken, _minimon_v1_KnownToken__Output>
      ListAssignmentsRequest: MessageTypeDefinition<_minimon_v1_ListAssignmentsRequest, _minimon_v1_ListAssignmentsRequest__Output>
      ListAssignmentsResponse: MessageTypeDefinition<_minimon_v1_ListAssignmentsResponse, _minimon_v1_ListAssignmentsResponse__Output>
      ListAuditRequest: MessageTypeDefinition<_minimon_v1_ListAuditRequest, _minimon_v1_ListAuditRequest__Output>
      ListAuditResponse: MessageTypeDefinition<_minimon_v1_ListAuditResponse, _minimon_v1_ListAuditResponse__Output>
      ListEnrolmentsRequest: MessageTypeDefinition<_minimon_v1_ListEnrolmentsRequest, _minimon_v1_ListEnrolmentsRequest__Output>
      ListEnrolmentsResponse: MessageTypeDefinition<_minimon_v1_ListEnrolmentsResponse, _minimon_v1_ListEnrolmentsResponse__Output>
      ListHostsRequest: MessageTypeDefinition<_minimon_v1_ListHostsRequest, _minimon_v1_ListHostsRequest__Output>
      ListHostsResponse: MessageTypeDefinition<_minimon_v1_ListHostsResponse, _minimon_v1_ListHostsResponse__Output>
      ListInventoryRequest: MessageTypeDefinition<_minimon_v1_ListInventoryRequest, _minimon_v1_ListInventoryRequest__Output>
      ListInventoryResponse: MessageTypeDefinition<_minimon_v1_ListInventoryResponse, _minimon_v1_ListInventoryResponse__Output>
      ListLocationsRequest: MessageTypeDefinition<_minimon_v1_ListLocationsRequest, _minimon_v1_ListLocationsRequest__Output>
      ListLocationsResponse: MessageTypeDefinition<_minimon_v1_ListLocationsResponse, _minimon_v1_ListLocationsResponse__Output>
      ListReceiversRequest: MessageTypeDefinition<_minimon_v1_ListReceiversRequest, _minimon_v1_ListReceiversRequest__Output>
      ListReceiversResponse: MessageTypeDefinition<_minimon_v1_ListReceiversResponse, _minimon_v1_ListReceiversResponse__Output>
      ListRulesRequest: MessageTypeDefinition<_minimon_v1_ListRulesRequest, _minimon_v1_ListRulesRequest__Output>
      ListRulesResponse: MessageTypeDefinition<_minimon_v1_ListRulesResponse, _minimon_v1_ListRulesResponse__Output>
      ListSilencesRequest: MessageTypeDefinition<_minimon_v1_ListSilencesRequest, _minimon_v1_ListSilencesRequest__Output>
      ListSilencesResponse: MessageTypeDefinition<_minimon_v1_ListSilencesResponse, _minimon_v1_ListSilencesResponse__Output>
      ListTokensRequest: MessageTypeDefinition<_minimon_v1_ListTokensRequest, _minimon_v1_ListTokensRequest__Output>
      ListTokensResponse: MessageTypeDefinition<_minimon_v1_ListTokensResponse, _minimon_v1_ListTokensResponse__Output>
      ListUnmanagedRequest: MessageTypeDefinition<_minimon_v1_ListUnmanagedRequest, _minimon_v1_ListUnmanagedRequest__Output>
      ListUnmanagedResponse: MessageTypeDefinition<_minimon_v1_ListUnmanagedResponse, _minimon_v1_ListUnmanagedResponse__Output>
      Location: MessageTypeDefinition<_minimon_v1_Location, _minimon_v1_Location__Output>
      LocationChangeResponse: MessageTypeDefinition<_minimon_v1_LocationChangeResponse, _minimon_v1_LocationChangeResponse__Output>
      ManageService: SubtypeConstructor<typeof grpc.Client, _minimon_v1_ManageServiceClient> & { service: _minimon_v1_ManageServiceDefinition }
      PlanRulesResponse: MessageTypeDefinition<_minimon_v1_PlanRulesResponse, _minimon_v1_PlanRulesResponse__Output>
      PreviewMatchersRequest: MessageTypeDefinition<_minimon_v1_PreviewMatchersRequest, _minimon_v1_PreviewMatchersRequest__Output>
      PreviewMatchersResponse: MessageTypeDefinition<_minimon_v1_PreviewMatchersResponse, _minimon_v1_PreviewMatchersResponse__Output>
      PutReceiverRequest: MessageTypeDefinition<_minimon_v1_PutReceiverRequest, _minimon_v1_PutReceiverRequest__Output>
      PutRuleRequest: MessageTypeDefinition<_minimon_v1_PutRuleRequest, _minimon_v1_PutRuleRequest__Output>
      PutRuleResponse: MessageTypeDefinition<_minimon_v1_PutRuleResponse, _minimon_v1_PutRuleResponse__Output>
      PutSilenceRequest: MessageTypeDefinition<_minimon_v1_PutSilenceRequest, _minimon_v1_PutSilenceRequest__Output>
      PutSilenceResponse: MessageTypeDefinition<_minimon_v1_PutSilenceResponse, _minimon_v1_PutSilenceResponse__Output>
      Receiver: MessageTypeDefinition<_minimon_v1_Receiver, _minimon_v1_Receiver__Output>
      ReceiverSetup: MessageTypeDefinition<_minimon_v1_ReceiverSetup, _minimon_v1_ReceiverSetup__Output>
      RemoveLocationRequest: MessageTypeDefinition<_minimon_v1_RemoveLocationRequest, _minimon_v1_RemoveLocationRequest__Output>
      RemoveReceiverRequest: MessageTypeDefinition<_minimon_v1_RemoveReceiverRequest, _minimon_v1_RemoveReceiverRequest__Output>
      RemoveReceiverResponse: MessageTypeDefinition<_minimon_v1_RemoveReceiverResponse, _minimon_v1_RemoveReceiverResponse__Output>
      RemoveRuleRequest: MessageTypeDefinition<_minimon_v1_RemoveRuleRequest, _minimon_v1_RemoveRuleRequest__Output>
      RemoveRuleResponse: MessageTypeDefinition<_minimon_v1_RemoveRuleResponse, _minimon_v1_RemoveRuleResponse__Output>
      RenameLocationRequest: MessageTypeDefinition<_minimon_v1_RenameLocationRequest, _minimon_v1_RenameLocationRequest__Output>
      RenameRuleRequest: MessageTypeDefinition<_minimon_v1_RenameRuleRequest, _minimon_v1_RenameRuleRequest__Output>
      RenameRuleResponse: MessageTypeDefinition<_minimon_v1_RenameRuleResponse, _minimon_v1_RenameRuleResponse__Output>
      RenewCredentialRequest: MessageTypeDefinition<_minimon_v1_RenewCredentialRequest, _minimon_v1_RenewCredentialRequest__Output>
      RenewCredentialResponse: MessageTypeDefinition<_minimon_v1_RenewCredentialResponse, _minimon_v1_RenewCredentialResponse__Output>
      ReplaceHostRequest: MessageTypeDefinition<_minimon_v1_ReplaceHostRequest, _minimon_v1_ReplaceHostRequest__Output>
      ReplaceHostResponse: MessageTypeDefinition<_minimon_v1_ReplaceHostResponse, _minimon_v1_ReplaceHostResponse__Output>
      RevokeTokenRequest: MessageTypeDefinition<_minimon_v1_RevokeTokenRequest, _minimon_v1_RevokeTokenRequest__Output>
      RevokeTokenResponse: MessageTypeDefinition<_minimon_v1_RevokeTokenResponse, _minimon_v1_RevokeTokenResponse__Output>
      Rule: MessageTypeDefinition<_minimon_v1_Rule, _minimon_v1_Rule__Output>
      RuleAction: EnumTypeDefinition
      RuleChange: MessageTypeDefinition<_minimon_v1_RuleChange, _minimon_v1_RuleChange__Output>
      RuleChangesRequest: MessageTypeDefinition<_minimon_v1_RuleChangesRequest, _minimon_v1_RuleChangesRequest__Output>
      RuleFault: MessageTypeDefinition<_minimon_v1_RuleFault, _minimon_v1_RuleFault__Output>
      RuleFieldChange: MessageTypeDefinition<_minimon_v1_RuleFieldChange, _minimon_v1_RuleFieldChange__Output>
      SeedHost: MessageTypeDefinition<_minimon_v1_SeedHost, _minimon_v1_SeedHost__Output>
      SetRuleEnabledRequest: MessageTypeDefinition<_minimon_v1_SetRuleEnabledRequest, _minimon_v1_SetRuleEnabledRequest__Output>
      SetRuleEnabledResponse: MessageTypeDefinition<_minimon_v1_SetRuleEnabledResponse, _minimon_v1_SetRuleEnabledResponse__Output>
      Severity: EnumTypeDefinition
      Silence: MessageTypeDefinition<_minimon_v1_Silence, _minimon_v1_Silence__Output>
      SourceRule: MessageTypeDefinition<_minimon_v1_SourceRule, _minimon_v1_SourceRule__Output>
      Suggestion: MessageTypeDefinition<_minimon_v1_Suggestion, _minimon_v1_Suggestion__Output>
      SyncTokensRequest: MessageTypeDefinition<_minimon_v1_SyncTokensRequest, _minimon_v1_SyncTokensRequest__Output>
      SyncTokensResponse: MessageTypeDefinition<_minimon_v1_SyncTokensResponse, _minimon_v1_SyncTokensResponse__Output>
      Token: MessageTypeDefinition<_minimon_v1_Token, _minimon_v1_Token__Output>
      TokenUse: MessageTypeDefinition<_minimon_v1_TokenUse, _minimon_v1_TokenUse__Output>
      UndoChangeRequest: MessageTypeDefinition<_minimon_v1_UndoChangeRequest, _minimon_v1_UndoChangeRequest__Output>
      UndoChangeResponse: MessageTypeDefinition<_minimon_v1_UndoChangeResponse, _minimon_v1_UndoChangeResponse__Output>
      UpdateHostMsgRequest: MessageTypeDefinition<_minimon_v1_UpdateHostMsgRequest, _minimon_v1_UpdateHostMsgRequest__Output>
      UpdateHostMsgResponse: MessageTypeDefinition<_minimon_v1_UpdateHostMsgResponse, _minimon_v1_UpdateHostMsgResponse__Output>
      UpdateHostRequest: MessageTypeDefinition<_minimon_v1_UpdateHostRequest, _minimon_v1_UpdateHostRequest__Output>
      UpdateHostResponse: MessageTypeDefinition<_minimon_v1_UpdateHostResponse, _minimon_v1_UpdateHostResponse__Output>
      WaitingMachine: MessageTypeDefinition<_minimon_v1_WaitingMachine, _minimon_v1_WaitingMachine__Output>
      WatchAlertConfigurationRequest: MessageTypeDefinition<_minimon_v1_WatchAlertConfigurationRequest, _minimon_v1_WatchAlertConfigurationRequest__Output>
    }
  }
}

