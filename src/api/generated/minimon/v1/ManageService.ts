// Original file: minimon/v1/manage.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { AlertConfiguration as _minimon_v1_AlertConfiguration, AlertConfiguration__Output as _minimon_v1_AlertConfiguration__Output } from '../../minimon/v1/AlertConfiguration.ts';
import type { ApplyRulesResponse as _minimon_v1_ApplyRulesResponse, ApplyRulesResponse__Output as _minimon_v1_ApplyRulesResponse__Output } from '../../minimon/v1/ApplyRulesResponse.ts';
import type { AssignHostsRequest as _minimon_v1_AssignHostsRequest, AssignHostsRequest__Output as _minimon_v1_AssignHostsRequest__Output } from '../../minimon/v1/AssignHostsRequest.ts';
import type { AssignHostsResponse as _minimon_v1_AssignHostsResponse, AssignHostsResponse__Output as _minimon_v1_AssignHostsResponse__Output } from '../../minimon/v1/AssignHostsResponse.ts';
import type { CreateJoinTokenRequest as _minimon_v1_CreateJoinTokenRequest, CreateJoinTokenRequest__Output as _minimon_v1_CreateJoinTokenRequest__Output } from '../../minimon/v1/CreateJoinTokenRequest.ts';
import type { CreateJoinTokenResponse as _minimon_v1_CreateJoinTokenResponse, CreateJoinTokenResponse__Output as _minimon_v1_CreateJoinTokenResponse__Output } from '../../minimon/v1/CreateJoinTokenResponse.ts';
import type { CreateTokenRequest as _minimon_v1_CreateTokenRequest, CreateTokenRequest__Output as _minimon_v1_CreateTokenRequest__Output } from '../../minimon/v1/CreateTokenRequest.ts';
import type { CreateTokenResponse as _minimon_v1_CreateTokenResponse, CreateTokenResponse__Output as _minimon_v1_CreateTokenResponse__Output } from '../../minimon/v1/CreateTokenResponse.ts';
import type { ExpireSilenceRequest as _minimon_v1_ExpireSilenceRequest, ExpireSilenceRequest__Output as _minimon_v1_ExpireSilenceRequest__Output } from '../../minimon/v1/ExpireSilenceRequest.ts';
import type { ExpireSilenceResponse as _minimon_v1_ExpireSilenceResponse, ExpireSilenceResponse__Output as _minimon_v1_ExpireSilenceResponse__Output } from '../../minimon/v1/ExpireSilenceResponse.ts';
import type { FindAllHostRequest as _minimon_v1_FindAllHostRequest, FindAllHostRequest__Output as _minimon_v1_FindAllHostRequest__Output } from '../../minimon/v1/FindAllHostRequest.ts';
import type { FindAllHostResponse as _minimon_v1_FindAllHostResponse, FindAllHostResponse__Output as _minimon_v1_FindAllHostResponse__Output } from '../../minimon/v1/FindAllHostResponse.ts';
import type { FindNotManagedHostsRequest as _minimon_v1_FindNotManagedHostsRequest, FindNotManagedHostsRequest__Output as _minimon_v1_FindNotManagedHostsRequest__Output } from '../../minimon/v1/FindNotManagedHostsRequest.ts';
import type { FindNotManagedHostsResponse as _minimon_v1_FindNotManagedHostsResponse, FindNotManagedHostsResponse__Output as _minimon_v1_FindNotManagedHostsResponse__Output } from '../../minimon/v1/FindNotManagedHostsResponse.ts';
import type { GetHostRequest as _minimon_v1_GetHostRequest, GetHostRequest__Output as _minimon_v1_GetHostRequest__Output } from '../../minimon/v1/GetHostRequest.ts';
import type { Host as _minimon_v1_Host, Host__Output as _minimon_v1_Host__Output } from '../../minimon/v1/Host.ts';
import type { HostIdsRequest as _minimon_v1_HostIdsRequest, HostIdsRequest__Output as _minimon_v1_HostIdsRequest__Output } from '../../minimon/v1/HostIdsRequest.ts';
import type { HostIdsResponse as _minimon_v1_HostIdsResponse, HostIdsResponse__Output as _minimon_v1_HostIdsResponse__Output } from '../../minimon/v1/HostIdsResponse.ts';
import type { InsertAHostRequest as _minimon_v1_InsertAHostRequest, InsertAHostRequest__Output as _minimon_v1_InsertAHostRequest__Output } from '../../minimon/v1/InsertAHostRequest.ts';
import type { InsertAHostResponse as _minimon_v1_InsertAHostResponse, InsertAHostResponse__Output as _minimon_v1_InsertAHostResponse__Output } from '../../minimon/v1/InsertAHostResponse.ts';
import type { InsertHostRequest as _minimon_v1_InsertHostRequest, InsertHostRequest__Output as _minimon_v1_InsertHostRequest__Output } from '../../minimon/v1/InsertHostRequest.ts';
import type { InsertHostResponse as _minimon_v1_InsertHostResponse, InsertHostResponse__Output as _minimon_v1_InsertHostResponse__Output } from '../../minimon/v1/InsertHostResponse.ts';
import type { JoinHostRequest as _minimon_v1_JoinHostRequest, JoinHostRequest__Output as _minimon_v1_JoinHostRequest__Output } from '../../minimon/v1/JoinHostRequest.ts';
import type { JoinHostResponse as _minimon_v1_JoinHostResponse, JoinHostResponse__Output as _minimon_v1_JoinHostResponse__Output } from '../../minimon/v1/JoinHostResponse.ts';
import type { ListAssignmentsRequest as _minimon_v1_ListAssignmentsRequest, ListAssignmentsRequest__Output as _minimon_v1_ListAssignmentsRequest__Output } from '../../minimon/v1/ListAssignmentsRequest.ts';
import type { ListAssignmentsResponse as _minimon_v1_ListAssignmentsResponse, ListAssignmentsResponse__Output as _minimon_v1_ListAssignmentsResponse__Output } from '../../minimon/v1/ListAssignmentsResponse.ts';
import type { ListAuditRequest as _minimon_v1_ListAuditRequest, ListAuditRequest__Output as _minimon_v1_ListAuditRequest__Output } from '../../minimon/v1/ListAuditRequest.ts';
import type { ListAuditResponse as _minimon_v1_ListAuditResponse, ListAuditResponse__Output as _minimon_v1_ListAuditResponse__Output } from '../../minimon/v1/ListAuditResponse.ts';
import type { ListEnrolmentsRequest as _minimon_v1_ListEnrolmentsRequest, ListEnrolmentsRequest__Output as _minimon_v1_ListEnrolmentsRequest__Output } from '../../minimon/v1/ListEnrolmentsRequest.ts';
import type { ListEnrolmentsResponse as _minimon_v1_ListEnrolmentsResponse, ListEnrolmentsResponse__Output as _minimon_v1_ListEnrolmentsResponse__Output } from '../../minimon/v1/ListEnrolmentsResponse.ts';
import type { ListHostsRequest as _minimon_v1_ListHostsRequest, ListHostsRequest__Output as _minimon_v1_ListHostsRequest__Output } from '../../minimon/v1/ListHostsRequest.ts';
import type { ListHostsResponse as _minimon_v1_ListHostsResponse, ListHostsResponse__Output as _minimon_v1_ListHostsResponse__Output } from '../../minimon/v1/ListHostsResponse.ts';
import type { ListInventoryRequest as _minimon_v1_ListInventoryRequest, ListInventoryRequest__Output as _minimon_v1_ListInventoryRequest__Output } from '../../minimon/v1/ListInventoryRequest.ts';
import type { ListInventoryResponse as _minimon_v1_ListInventoryResponse, ListInventoryResponse__Output as _minimon_v1_ListInventoryResponse__Output } from '../../minimon/v1/ListInventoryResponse.ts';
import type { ListLocationsRequest as _minimon_v1_ListLocationsRequest, ListLocationsRequest__Output as _minimon_v1_ListLocationsRequest__Output } from '../../minimon/v1/ListLocationsRequest.ts';
import type { ListLocationsResponse as _minimon_v1_ListLocationsResponse, ListLocationsResponse__Output as _minimon_v1_ListLocationsResponse__Output } from '../../minimon/v1/ListLocationsResponse.ts';
import type { ListReceiversRequest as _minimon_v1_ListReceiversRequest, ListReceiversRequest__Output as _minimon_v1_ListReceiversRequest__Output } from '../../minimon/v1/ListReceiversRequest.ts';
import type { ListReceiversResponse as _minimon_v1_ListReceiversResponse, ListReceiversResponse__Output as _minimon_v1_ListReceiversResponse__Output } from '../../minimon/v1/ListReceiversResponse.ts';
import type { ListRulesRequest as _minimon_v1_ListRulesRequest, ListRulesRequest__Output as _minimon_v1_ListRulesRequest__Output } from '../../minimon/v1/ListRulesRequest.ts';
import type { ListRulesResponse as _minimon_v1_ListRulesResponse, ListRulesResponse__Output as _minimon_v1_ListRulesResponse__Output } from '../../minimon/v1/ListRulesResponse.ts';
import type { ListSilencesRequest as _minimon_v1_ListSilencesRequest, ListSilencesRequest__Output as _minimon_v1_ListSilencesRequest__Output } from '../../minimon/v1/ListSilencesRequest.ts';
import type { ListSilencesResponse as _minimon_v1_ListSilencesResponse, ListSilencesResponse__Output as _minimon_v1_ListSilencesResponse__Output } from '../../minimon/v1/ListSilencesResponse.ts';
import type { ListTokensRequest as _minimon_v1_ListTokensRequest, ListTokensRequest__Output as _minimon_v1_ListTokensRequest__Output } from '../../minimon/v1/ListTokensRequest.ts';
import type { ListTokensResponse as _minimon_v1_ListTokensResponse, ListTokensResponse__Output as _minimon_v1_ListTokensResponse__Output } from '../../minimon/v1/ListTokensResponse.ts';
import type { ListUnmanagedRequest as _minimon_v1_ListUnmanagedRequest, ListUnmanagedRequest__Output as _minimon_v1_ListUnmanagedRequest__Output } from '../../minimon/v1/ListUnmanagedRequest.ts';
import type { ListUnmanagedResponse as _minimon_v1_ListUnmanagedResponse, ListUnmanagedResponse__Output as _minimon_v1_ListUnmanagedResponse__Output } from '../../minimon/v1/ListUnmanagedResponse.ts';
import type { LocationChangeResponse as _minimon_v1_LocationChangeResponse, LocationChangeResponse__Output as _minimon_v1_LocationChangeResponse__Output } from '../../minimon/v1/LocationChangeResponse.ts';
import type { PlanRulesResponse as _minimon_v1_PlanRulesResponse, PlanRulesResponse__Output as _minimon_v1_PlanRulesResponse__Output } from '../../minimon/v1/PlanRulesResponse.ts';
import type { PreviewMatchersRequest as _minimon_v1_PreviewMatchersRequest, PreviewMatchersRequest__Output as _minimon_v1_PreviewMatchersRequest__Output } from '../../minimon/v1/PreviewMatchersRequest.ts';
import type { PreviewMatchersResponse as _minimon_v1_PreviewMatchersResponse, PreviewMatchersResponse__Output as _minimon_v1_PreviewMatchersResponse__Output } from '../../minimon/v1/PreviewMatchersResponse.ts';
import type { PutReceiverRequest as _minimon_v1_PutReceiverRequest, PutReceiverRequest__Output as _minimon_v1_PutReceiverRequest__Output } from '../../minimon/v1/PutReceiverRequest.ts';
import type { PutRuleRequest as _minimon_v1_PutRuleRequest, PutRuleRequest__Output as _minimon_v1_PutRuleRequest__Output } from '../../minimon/v1/PutRuleRequest.ts';
import type { PutRuleResponse as _minimon_v1_PutRuleResponse, PutRuleResponse__Output as _minimon_v1_PutRuleResponse__Output } from '../../minimon/v1/PutRuleResponse.ts';
import type { PutSilenceRequest as _minimon_v1_PutSilenceRequest, PutSilenceRequest__Output as _minimon_v1_PutSilenceRequest__Output } from '../../minimon/v1/PutSilenceRequest.ts';
import type { PutSilenceResponse as _minimon_v1_PutSilenceResponse, PutSilenceResponse__Output as _minimon_v1_PutSilenceResponse__Output } from '../../minimon/v1/PutSilenceResponse.ts';
import type { Receiver as _minimon_v1_Receiver, Receiver__Output as _minimon_v1_Receiver__Output } from '../../minimon/v1/Receiver.ts';
import type { RemoveLocationRequest as _minimon_v1_RemoveLocationRequest, RemoveLocationRequest__Output as _minimon_v1_RemoveLocationRequest__Output } from '../../minimon/v1/RemoveLocationRequest.ts';
import type { RemoveReceiverRequest as _minimon_v1_RemoveReceiverRequest, RemoveReceiverRequest__Output as _minimon_v1_RemoveReceiverRequest__Output } from '../../minimon/v1/RemoveReceiverRequest.ts';
import type { RemoveReceiverResponse as _minimon_v1_RemoveReceiverResponse, RemoveReceiverResponse__Output as _minimon_v1_RemoveReceiverResponse__Output } from '../../minimon/v1/RemoveReceiverResponse.ts';
import type { RemoveRuleRequest as _minimon_v1_RemoveRuleRequest, RemoveRuleRequest__Output as _minimon_v1_RemoveRuleRequest__Output } from '../../minimon/v1/RemoveRuleRequest.ts';
import type { RemoveRuleResponse as _minimon_v1_RemoveRuleResponse, RemoveRuleResponse__Output as _minimon_v1_RemoveRuleResponse__Output } from '../../minimon/v1/RemoveRuleResponse.ts';
import type { RenameLocationRequest as _minimon_v1_RenameLocationRequest, RenameLocationRequest__Output as _minimon_v1_RenameLocationRequest__Output } from '../../minimon/v1/RenameLocationRequest.ts';
import type { RenameRuleRequest as _minimon_v1_RenameRuleRequest, RenameRuleRequest__Output as _minimon_v1_RenameRuleRequest__Output } from '../../minimon/v1/RenameRuleRequest.ts';
import type { RenameRuleResponse as _minimon_v1_RenameRuleResponse, RenameRuleResponse__Output as _minimon_v1_RenameRuleResponse__Output } from '../../minimon/v1/RenameRuleResponse.ts';
import type { RenewCredentialRequest as _minimon_v1_RenewCredentialRequest, RenewCredentialRequest__Output as _minimon_v1_RenewCredentialRequest__Output } from '../../minimon/v1/RenewCredentialRequest.ts';
import type { RenewCredentialResponse as _minimon_v1_RenewCredentialResponse, RenewCredentialResponse__Output as _minimon_v1_RenewCredentialResponse__Output } from '../../minimon/v1/RenewCredentialResponse.ts';
import type { ReplaceHostRequest as _minimon_v1_ReplaceHostRequest, ReplaceHostRequest__Output as _minimon_v1_ReplaceHostRequest__Output } from '../../minimon/v1/ReplaceHostRequest.ts';
import type { ReplaceHostResponse as _minimon_v1_ReplaceHostResponse, ReplaceHostResponse__Output as _minimon_v1_ReplaceHostResponse__Output } from '../../minimon/v1/ReplaceHostResponse.ts';
import type { RevokeTokenRequest as _minimon_v1_RevokeTokenRequest, RevokeTokenRequest__Output as _minimon_v1_RevokeTokenRequest__Output } from '../../minimon/v1/RevokeTokenRequest.ts';
import type { RevokeTokenResponse as _minimon_v1_RevokeTokenResponse, RevokeTokenResponse__Output as _minimon_v1_RevokeTokenResponse__Output } from '../../minimon/v1/RevokeTokenResponse.ts';
import type { RuleChangesRequest as _minimon_v1_RuleChangesRequest, RuleChangesRequest__Output as _minimon_v1_RuleChangesRequest__Output } from '../../minimon/v1/RuleChangesRequest.ts';
import type { SetRuleEnabledRequest as _minimon_v1_SetRuleEnabledRequest, SetRuleEnabledRequest__Output as _minimon_v1_SetRuleEnabledRequest__Output } from '../../minimon/v1/SetRuleEnabledRequest.ts';
import type { SetRuleEnabledResponse as _minimon_v1_SetRuleEnabledResponse, SetRuleEnabledResponse__Output as _minimon_v1_SetRuleEnabledResponse__Output } from '../../minimon/v1/SetRuleEnabledResponse.ts';
import type { SyncTokensRequest as _minimon_v1_SyncTokensRequest, SyncTokensRequest__Output as _minimon_v1_SyncTokensRequest__Output } from '../../minimon/v1/SyncTokensRequest.ts';
import type { SyncTokensResponse as _minimon_v1_SyncTokensResponse, SyncTokensResponse__Output as _minimon_v1_SyncTokensResponse__Output } from '../../minimon/v1/SyncTokensResponse.ts';
import type { UndoChangeRequest as _minimon_v1_UndoChangeRequest, UndoChangeRequest__Output as _minimon_v1_UndoChangeRequest__Output } from '../../minimon/v1/UndoChangeRequest.ts';
import type { UndoChangeResponse as _minimon_v1_UndoChangeResponse, UndoChangeResponse__Output as _minimon_v1_UndoChangeResponse__Output } from '../../minimon/v1/UndoChangeResponse.ts';
import type { UpdateHostMsgRequest as _minimon_v1_UpdateHostMsgRequest, UpdateHostMsgRequest__Output as _minimon_v1_UpdateHostMsgRequest__Output } from '../../minimon/v1/UpdateHostMsgRequest.ts';
import type { UpdateHostMsgResponse as _minimon_v1_UpdateHostMsgResponse, UpdateHostMsgResponse__Output as _minimon_v1_UpdateHostMsgResponse__Output } from '../../minimon/v1/UpdateHostMsgResponse.ts';
import type { UpdateHostRequest as _minimon_v1_UpdateHostRequest, UpdateHostRequest__Output as _minimon_v1_UpdateHostRequest__Output } from '../../minimon/v1/UpdateHostRequest.ts';
import type { UpdateHostResponse as _minimon_v1_UpdateHostResponse, UpdateHostResponse__Output as _minimon_v1_UpdateHostResponse__Output } from '../../minimon/v1/UpdateHostResponse.ts';
import type { WatchAlertConfigurationRequest as _minimon_v1_WatchAlertConfigurationRequest, WatchAlertConfigurationRequest__Output as _minimon_v1_WatchAlertConfigurationRequest__Output } from '../../minimon/v1/WatchAlertConfigurationRequest.ts';

export interface ManageServiceClient extends grpc.Client {
  ApplyRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _minimon_v1_RuleChangesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  ApplyRules(argument: _minimon_v1_RuleChangesRequest, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _minimon_v1_RuleChangesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  applyRules(argument: _minimon_v1_RuleChangesRequest, callback: grpc.requestCallback<_minimon_v1_ApplyRulesResponse__Output>): grpc.ClientUnaryCall;
  
  AssignHosts(argument: _minimon_v1_AssignHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  AssignHosts(argument: _minimon_v1_AssignHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  AssignHosts(argument: _minimon_v1_AssignHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  AssignHosts(argument: _minimon_v1_AssignHostsRequest, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  assignHosts(argument: _minimon_v1_AssignHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  assignHosts(argument: _minimon_v1_AssignHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  assignHosts(argument: _minimon_v1_AssignHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  assignHosts(argument: _minimon_v1_AssignHostsRequest, callback: grpc.requestCallback<_minimon_v1_AssignHostsResponse__Output>): grpc.ClientUnaryCall;
  
  CreateJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  createJoinToken(argument: _minimon_v1_CreateJoinTokenRequest, callback: grpc.requestCallback<_minimon_v1_CreateJoinTokenResponse__Output>): grpc.ClientUnaryCall;
  
  CreateToken(argument: _minimon_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _minimon_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _minimon_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  CreateToken(argument: _minimon_v1_CreateTokenRequest, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _minimon_v1_CreateTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _minimon_v1_CreateTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _minimon_v1_CreateTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  createToken(argument: _minimon_v1_CreateTokenRequest, callback: grpc.requestCallback<_minimon_v1_CreateTokenResponse__Output>): grpc.ClientUnaryCall;
  
  ExpireSilence(argument: _minimon_v1_ExpireSilenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  ExpireSilence(argument: _minimon_v1_ExpireSilenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  ExpireSilence(argument: _minimon_v1_ExpireSilenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  ExpireSilence(argument: _minimon_v1_ExpireSilenceRequest, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  expireSilence(argument: _minimon_v1_ExpireSilenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  expireSilence(argument: _minimon_v1_ExpireSilenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  expireSilence(argument: _minimon_v1_ExpireSilenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  expireSilence(argument: _minimon_v1_ExpireSilenceRequest, callback: grpc.requestCallback<_minimon_v1_ExpireSilenceResponse__Output>): grpc.ClientUnaryCall;
  
  FindAllHost(argument: _minimon_v1_FindAllHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  FindAllHost(argument: _minimon_v1_FindAllHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  FindAllHost(argument: _minimon_v1_FindAllHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  FindAllHost(argument: _minimon_v1_FindAllHostRequest, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  findAllHost(argument: _minimon_v1_FindAllHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  findAllHost(argument: _minimon_v1_FindAllHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  findAllHost(argument: _minimon_v1_FindAllHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  findAllHost(argument: _minimon_v1_FindAllHostRequest, callback: grpc.requestCallback<_minimon_v1_FindAllHostResponse__Output>): grpc.ClientUnaryCall;
  
  FindNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  FindNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  FindNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  FindNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  findNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  findNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  findNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  findNotManagedHosts(argument: _minimon_v1_FindNotManagedHostsRequest, callback: grpc.requestCallback<_minimon_v1_FindNotManagedHostsResponse__Output>): grpc.ClientUnaryCall;
  
  GetHost(argument: _minimon_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _minimon_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _minimon_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  GetHost(argument: _minimon_v1_GetHostRequest, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _minimon_v1_GetHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _minimon_v1_GetHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _minimon_v1_GetHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  getHost(argument: _minimon_v1_GetHostRequest, callback: grpc.requestCallback<_minimon_v1_Host__Output>): grpc.ClientUnaryCall;
  
  InsertAHost(argument: _minimon_v1_InsertAHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  InsertAHost(argument: _minimon_v1_InsertAHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  InsertAHost(argument: _minimon_v1_InsertAHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  InsertAHost(argument: _minimon_v1_InsertAHostRequest, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  insertAHost(argument: _minimon_v1_InsertAHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  insertAHost(argument: _minimon_v1_InsertAHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  insertAHost(argument: _minimon_v1_InsertAHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  insertAHost(argument: _minimon_v1_InsertAHostRequest, callback: grpc.requestCallback<_minimon_v1_InsertAHostResponse__Output>): grpc.ClientUnaryCall;
  
  InsertHost(argument: _minimon_v1_InsertHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  InsertHost(argument: _minimon_v1_InsertHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  InsertHost(argument: _minimon_v1_InsertHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  InsertHost(argument: _minimon_v1_InsertHostRequest, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  insertHost(argument: _minimon_v1_InsertHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  insertHost(argument: _minimon_v1_InsertHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  insertHost(argument: _minimon_v1_InsertHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  insertHost(argument: _minimon_v1_InsertHostRequest, callback: grpc.requestCallback<_minimon_v1_InsertHostResponse__Output>): grpc.ClientUnaryCall;
  
  JoinHost(argument: _minimon_v1_JoinHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  JoinHost(argument: _minimon_v1_JoinHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  JoinHost(argument: _minimon_v1_JoinHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  JoinHost(argument: _minimon_v1_JoinHostRequest, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  joinHost(argument: _minimon_v1_JoinHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  joinHost(argument: _minimon_v1_JoinHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  joinHost(argument: _minimon_v1_JoinHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  joinHost(argument: _minimon_v1_JoinHostRequest, callback: grpc.requestCallback<_minimon_v1_JoinHostResponse__Output>): grpc.ClientUnaryCall;
  
  ListAssignments(argument: _minimon_v1_ListAssignmentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  ListAssignments(argument: _minimon_v1_ListAssignmentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  ListAssignments(argument: _minimon_v1_ListAssignmentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  ListAssignments(argument: _minimon_v1_ListAssignmentsRequest, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  listAssignments(argument: _minimon_v1_ListAssignmentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  listAssignments(argument: _minimon_v1_ListAssignmentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  listAssignments(argument: _minimon_v1_ListAssignmentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  listAssignments(argument: _minimon_v1_ListAssignmentsRequest, callback: grpc.requestCallback<_minimon_v1_ListAssignmentsResponse__Output>): grpc.ClientUnaryCall;
  
  ListAudit(argument: _minimon_v1_ListAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _minimon_v1_ListAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _minimon_v1_ListAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  ListAudit(argument: _minimon_v1_ListAuditRequest, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _minimon_v1_ListAuditRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _minimon_v1_ListAuditRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _minimon_v1_ListAuditRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  listAudit(argument: _minimon_v1_ListAuditRequest, callback: grpc.requestCallback<_minimon_v1_ListAuditResponse__Output>): grpc.ClientUnaryCall;
  
  ListEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  ListEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  ListEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  ListEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  listEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  listEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  listEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  listEnrolments(argument: _minimon_v1_ListEnrolmentsRequest, callback: grpc.requestCallback<_minimon_v1_ListEnrolmentsResponse__Output>): grpc.ClientUnaryCall;
  
  ListHosts(argument: _minimon_v1_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _minimon_v1_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _minimon_v1_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  ListHosts(argument: _minimon_v1_ListHostsRequest, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _minimon_v1_ListHostsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _minimon_v1_ListHostsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _minimon_v1_ListHostsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  listHosts(argument: _minimon_v1_ListHostsRequest, callback: grpc.requestCallback<_minimon_v1_ListHostsResponse__Output>): grpc.ClientUnaryCall;
  
  ListInventory(argument: _minimon_v1_ListInventoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  ListInventory(argument: _minimon_v1_ListInventoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  ListInventory(argument: _minimon_v1_ListInventoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  ListInventory(argument: _minimon_v1_ListInventoryRequest, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  listInventory(argument: _minimon_v1_ListInventoryRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  listInventory(argument: _minimon_v1_ListInventoryRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  listInventory(argument: _minimon_v1_ListInventoryRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  listInventory(argument: _minimon_v1_ListInventoryRequest, callback: grpc.requestCallback<_minimon_v1_ListInventoryResponse__Output>): grpc.ClientUnaryCall;
  
  ListLocations(argument: _minimon_v1_ListLocationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  ListLocations(argument: _minimon_v1_ListLocationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  ListLocations(argument: _minimon_v1_ListLocationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  ListLocations(argument: _minimon_v1_ListLocationsRequest, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  listLocations(argument: _minimon_v1_ListLocationsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  listLocations(argument: _minimon_v1_ListLocationsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  listLocations(argument: _minimon_v1_ListLocationsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  listLocations(argument: _minimon_v1_ListLocationsRequest, callback: grpc.requestCallback<_minimon_v1_ListLocationsResponse__Output>): grpc.ClientUnaryCall;
  
  ListReceivers(argument: _minimon_v1_ListReceiversRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  ListReceivers(argument: _minimon_v1_ListReceiversRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  ListReceivers(argument: _minimon_v1_ListReceiversRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  ListReceivers(argument: _minimon_v1_ListReceiversRequest, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  listReceivers(argument: _minimon_v1_ListReceiversRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  listReceivers(argument: _minimon_v1_ListReceiversRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  listReceivers(argument: _minimon_v1_ListReceiversRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  listReceivers(argument: _minimon_v1_ListReceiversRequest, callback: grpc.requestCallback<_minimon_v1_ListReceiversResponse__Output>): grpc.ClientUnaryCall;
  
  ListRules(argument: _minimon_v1_ListRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _minimon_v1_ListRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _minimon_v1_ListRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  ListRules(argument: _minimon_v1_ListRulesRequest, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _minimon_v1_ListRulesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _minimon_v1_ListRulesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _minimon_v1_ListRulesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  listRules(argument: _minimon_v1_ListRulesRequest, callback: grpc.requestCallback<_minimon_v1_ListRulesResponse__Output>): grpc.ClientUnaryCall;
  
  ListSilences(argument: _minimon_v1_ListSilencesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  ListSilences(argument: _minimon_v1_ListSilencesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  ListSilences(argument: _minimon_v1_ListSilencesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  ListSilences(argument: _minimon_v1_ListSilencesRequest, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  listSilences(argument: _minimon_v1_ListSilencesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  listSilences(argument: _minimon_v1_ListSilencesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  listSilences(argument: _minimon_v1_ListSilencesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  listSilences(argument: _minimon_v1_ListSilencesRequest, callback: grpc.requestCallback<_minimon_v1_ListSilencesResponse__Output>): grpc.ClientUnaryCall;
  
  ListTokens(argument: _minimon_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _minimon_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _minimon_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  ListTokens(argument: _minimon_v1_ListTokensRequest, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _minimon_v1_ListTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _minimon_v1_ListTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _minimon_v1_ListTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  listTokens(argument: _minimon_v1_ListTokensRequest, callback: grpc.requestCallback<_minimon_v1_ListTokensResponse__Output>): grpc.ClientUnaryCall;
  
  ListUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  ListUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  ListUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  ListUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  listUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  listUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  listUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  listUnmanaged(argument: _minimon_v1_ListUnmanagedRequest, callback: grpc.requestCallback<_minimon_v1_ListUnmanagedResponse__Output>): grpc.ClientUnaryCall;
  
  PlanRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  PlanRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  PlanRules(argument: _minimon_v1_RuleChangesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  PlanRules(argument: _minimon_v1_RuleChangesRequest, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  planRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  planRules(argument: _minimon_v1_RuleChangesRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  planRules(argument: _minimon_v1_RuleChangesRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  planRules(argument: _minimon_v1_RuleChangesRequest, callback: grpc.requestCallback<_minimon_v1_PlanRulesResponse__Output>): grpc.ClientUnaryCall;
  
  PreviewMatchers(argument: _minimon_v1_PreviewMatchersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  PreviewMatchers(argument: _minimon_v1_PreviewMatchersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  PreviewMatchers(argument: _minimon_v1_PreviewMatchersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  PreviewMatchers(argument: _minimon_v1_PreviewMatchersRequest, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  previewMatchers(argument: _minimon_v1_PreviewMatchersRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  previewMatchers(argument: _minimon_v1_PreviewMatchersRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  previewMatchers(argument: _minimon_v1_PreviewMatchersRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  previewMatchers(argument: _minimon_v1_PreviewMatchersRequest, callback: grpc.requestCallback<_minimon_v1_PreviewMatchersResponse__Output>): grpc.ClientUnaryCall;
  
  PutReceiver(argument: _minimon_v1_PutReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  PutReceiver(argument: _minimon_v1_PutReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  PutReceiver(argument: _minimon_v1_PutReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  PutReceiver(argument: _minimon_v1_PutReceiverRequest, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  putReceiver(argument: _minimon_v1_PutReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  putReceiver(argument: _minimon_v1_PutReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  putReceiver(argument: _minimon_v1_PutReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  putReceiver(argument: _minimon_v1_PutReceiverRequest, callback: grpc.requestCallback<_minimon_v1_Receiver__Output>): grpc.ClientUnaryCall;
  
  PutRule(argument: _minimon_v1_PutRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  PutRule(argument: _minimon_v1_PutRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  PutRule(argument: _minimon_v1_PutRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  PutRule(argument: _minimon_v1_PutRuleRequest, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  putRule(argument: _minimon_v1_PutRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  putRule(argument: _minimon_v1_PutRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  putRule(argument: _minimon_v1_PutRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  putRule(argument: _minimon_v1_PutRuleRequest, callback: grpc.requestCallback<_minimon_v1_PutRuleResponse__Output>): grpc.ClientUnaryCall;
  
  PutSilence(argument: _minimon_v1_PutSilenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  PutSilence(argument: _minimon_v1_PutSilenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  PutSilence(argument: _minimon_v1_PutSilenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  PutSilence(argument: _minimon_v1_PutSilenceRequest, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  putSilence(argument: _minimon_v1_PutSilenceRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  putSilence(argument: _minimon_v1_PutSilenceRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  putSilence(argument: _minimon_v1_PutSilenceRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  putSilence(argument: _minimon_v1_PutSilenceRequest, callback: grpc.requestCallback<_minimon_v1_PutSilenceResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  RemoveHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  RemoveHosts(argument: _minimon_v1_HostIdsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  RemoveHosts(argument: _minimon_v1_HostIdsRequest, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  removeHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  removeHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  removeHosts(argument: _minimon_v1_HostIdsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  removeHosts(argument: _minimon_v1_HostIdsRequest, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveLocation(argument: _minimon_v1_RemoveLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RemoveLocation(argument: _minimon_v1_RemoveLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RemoveLocation(argument: _minimon_v1_RemoveLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RemoveLocation(argument: _minimon_v1_RemoveLocationRequest, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  removeLocation(argument: _minimon_v1_RemoveLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  removeLocation(argument: _minimon_v1_RemoveLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  removeLocation(argument: _minimon_v1_RemoveLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  removeLocation(argument: _minimon_v1_RemoveLocationRequest, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveReceiver(argument: _minimon_v1_RemoveReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  RemoveReceiver(argument: _minimon_v1_RemoveReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  RemoveReceiver(argument: _minimon_v1_RemoveReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  RemoveReceiver(argument: _minimon_v1_RemoveReceiverRequest, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  removeReceiver(argument: _minimon_v1_RemoveReceiverRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  removeReceiver(argument: _minimon_v1_RemoveReceiverRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  removeReceiver(argument: _minimon_v1_RemoveReceiverRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  removeReceiver(argument: _minimon_v1_RemoveReceiverRequest, callback: grpc.requestCallback<_minimon_v1_RemoveReceiverResponse__Output>): grpc.ClientUnaryCall;
  
  RemoveRule(argument: _minimon_v1_RemoveRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  RemoveRule(argument: _minimon_v1_RemoveRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  RemoveRule(argument: _minimon_v1_RemoveRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  RemoveRule(argument: _minimon_v1_RemoveRuleRequest, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  removeRule(argument: _minimon_v1_RemoveRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  removeRule(argument: _minimon_v1_RemoveRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  removeRule(argument: _minimon_v1_RemoveRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  removeRule(argument: _minimon_v1_RemoveRuleRequest, callback: grpc.requestCallback<_minimon_v1_RemoveRuleResponse__Output>): grpc.ClientUnaryCall;
  
  RenameLocation(argument: _minimon_v1_RenameLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RenameLocation(argument: _minimon_v1_RenameLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RenameLocation(argument: _minimon_v1_RenameLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  RenameLocation(argument: _minimon_v1_RenameLocationRequest, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  renameLocation(argument: _minimon_v1_RenameLocationRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  renameLocation(argument: _minimon_v1_RenameLocationRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  renameLocation(argument: _minimon_v1_RenameLocationRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  renameLocation(argument: _minimon_v1_RenameLocationRequest, callback: grpc.requestCallback<_minimon_v1_LocationChangeResponse__Output>): grpc.ClientUnaryCall;
  
  RenameRule(argument: _minimon_v1_RenameRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  RenameRule(argument: _minimon_v1_RenameRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  RenameRule(argument: _minimon_v1_RenameRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  RenameRule(argument: _minimon_v1_RenameRuleRequest, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  renameRule(argument: _minimon_v1_RenameRuleRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  renameRule(argument: _minimon_v1_RenameRuleRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  renameRule(argument: _minimon_v1_RenameRuleRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  renameRule(argument: _minimon_v1_RenameRuleRequest, callback: grpc.requestCallback<_minimon_v1_RenameRuleResponse__Output>): grpc.ClientUnaryCall;
  
  RenewCredential(argument: _minimon_v1_RenewCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  RenewCredential(argument: _minimon_v1_RenewCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  RenewCredential(argument: _minimon_v1_RenewCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  RenewCredential(argument: _minimon_v1_RenewCredentialRequest, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  renewCredential(argument: _minimon_v1_RenewCredentialRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  renewCredential(argument: _minimon_v1_RenewCredentialRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  renewCredential(argument: _minimon_v1_RenewCredentialRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  renewCredential(argument: _minimon_v1_RenewCredentialRequest, callback: grpc.requestCallback<_minimon_v1_RenewCredentialResponse__Output>): grpc.ClientUnaryCall;
  
  ReplaceHost(argument: _minimon_v1_ReplaceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  ReplaceHost(argument: _minimon_v1_ReplaceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  ReplaceHost(argument: _minimon_v1_ReplaceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  ReplaceHost(argument: _minimon_v1_ReplaceHostRequest, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  replaceHost(argument: _minimon_v1_ReplaceHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  replaceHost(argument: _minimon_v1_ReplaceHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  replaceHost(argument: _minimon_v1_ReplaceHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  replaceHost(argument: _minimon_v1_ReplaceHostRequest, callback: grpc.requestCallback<_minimon_v1_ReplaceHostResponse__Output>): grpc.ClientUnaryCall;
  
  RevokeToken(argument: _minimon_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _minimon_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _minimon_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  RevokeToken(argument: _minimon_v1_RevokeTokenRequest, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _minimon_v1_RevokeTokenRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _minimon_v1_RevokeTokenRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _minimon_v1_RevokeTokenRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  revokeToken(argument: _minimon_v1_RevokeTokenRequest, callback: grpc.requestCallback<_minimon_v1_RevokeTokenResponse__Output>): grpc.ClientUnaryCall;
  
  SetRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  SetRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  SetRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  SetRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  setRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  setRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  setRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  setRuleEnabled(argument: _minimon_v1_SetRuleEnabledRequest, callback: grpc.requestCallback<_minimon_v1_SetRuleEnabledResponse__Output>): grpc.ClientUnaryCall;
  
  SyncTokens(argument: _minimon_v1_SyncTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  SyncTokens(argument: _minimon_v1_SyncTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  SyncTokens(argument: _minimon_v1_SyncTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  SyncTokens(argument: _minimon_v1_SyncTokensRequest, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  syncTokens(argument: _minimon_v1_SyncTokensRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  syncTokens(argument: _minimon_v1_SyncTokensRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  syncTokens(argument: _minimon_v1_SyncTokensRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  syncTokens(argument: _minimon_v1_SyncTokensRequest, callback: grpc.requestCallback<_minimon_v1_SyncTokensResponse__Output>): grpc.ClientUnaryCall;
  
  UnassignHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  UnassignHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  UnassignHosts(argument: _minimon_v1_HostIdsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  UnassignHosts(argument: _minimon_v1_HostIdsRequest, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  unassignHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  unassignHosts(argument: _minimon_v1_HostIdsRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  unassignHosts(argument: _minimon_v1_HostIdsRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  unassignHosts(argument: _minimon_v1_HostIdsRequest, callback: grpc.requestCallback<_minimon_v1_HostIdsResponse__Output>): grpc.ClientUnaryCall;
  
  UndoChange(argument: _minimon_v1_UndoChangeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  UndoChange(argument: _minimon_v1_UndoChangeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  UndoChange(argument: _minimon_v1_UndoChangeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  UndoChange(argument: _minimon_v1_UndoChangeRequest, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  undoChange(argument: _minimon_v1_UndoChangeRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  undoChange(argument: _minimon_v1_UndoChangeRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  undoChange(argument: _minimon_v1_UndoChangeRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  undoChange(argument: _minimon_v1_UndoChangeRequest, callback: grpc.requestCallback<_minimon_v1_UndoChangeResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateHost(argument: _minimon_v1_UpdateHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  UpdateHost(argument: _minimon_v1_UpdateHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  UpdateHost(argument: _minimon_v1_UpdateHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  UpdateHost(argument: _minimon_v1_UpdateHostRequest, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  updateHost(argument: _minimon_v1_UpdateHostRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  updateHost(argument: _minimon_v1_UpdateHostRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  updateHost(argument: _minimon_v1_UpdateHostRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  updateHost(argument: _minimon_v1_UpdateHostRequest, callback: grpc.requestCallback<_minimon_v1_UpdateHostResponse__Output>): grpc.ClientUnaryCall;
  
  UpdateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  UpdateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  UpdateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  UpdateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  updateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, metadata: grpc.Metadata, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  updateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, metadata: grpc.Metadata, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  updateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, options: grpc.CallOptions, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  updateHostMsg(argument: _minimon_v1_UpdateHostMsgRequest, callback: grpc.requestCallback<_minimon_v1_UpdateHostMsgResponse__Output>): grpc.ClientUnaryCall;
  
  WatchAlertConfiguration(argument: _minimon_v1_WatchAlertConfigurationRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_AlertConfiguration__Output>;
  WatchAlertConfiguration(argument: _minimon_v1_WatchAlertConfigurationRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_AlertConfiguration__Output>;
  watchAlertConfiguration(argument: _minimon_v1_WatchAlertConfigurationRequest, metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_AlertConfiguration__Output>;
  watchAlertConfiguration(argument: _minimon_v1_WatchAlertConfigurationRequest, options?: grpc.CallOptions): grpc.ClientReadableStream<_minimon_v1_AlertConfiguration__Output>;
  
}

export interface ManageServiceHandlers extends grpc.UntypedServiceImplementation {
  ApplyRules: grpc.handleUnaryCall<_minimon_v1_RuleChangesRequest__Output, _minimon_v1_ApplyRulesResponse>;
  
  AssignHosts: grpc.handleUnaryCall<_minimon_v1_AssignHostsRequest__Output, _minimon_v1_AssignHostsResponse>;
  
  CreateJoinToken: grpc.handleUnaryCall<_minimon_v1_CreateJoinTokenRequest__Output, _minimon_v1_CreateJoinTokenResponse>;
  
  CreateToken: grpc.handleUnaryCall<_minimon_v1_CreateTokenRequest__Output, _minimon_v1_CreateTokenResponse>;
  
  ExpireSilence: grpc.handleUnaryCall<_minimon_v1_ExpireSilenceRequest__Output, _minimon_v1_ExpireSilenceResponse>;
  
  FindAllHost: grpc.handleUnaryCall<_minimon_v1_FindAllHostRequest__Output, _minimon_v1_FindAllHostResponse>;
  
  FindNotManagedHosts: grpc.handleUnaryCall<_minimon_v1_FindNotManagedHostsRequest__Output, _minimon_v1_FindNotManagedHostsResponse>;
  
  GetHost: grpc.handleUnaryCall<_minimon_v1_GetHostRequest__Output, _minimon_v1_Host>;
  
  InsertAHost: grpc.handleUnaryCall<_minimon_v1_InsertAHostRequest__Output, _minimon_v1_InsertAHostResponse>;
  
  InsertHost: grpc.handleUnaryCall<_minimon_v1_InsertHostRequest__Output, _minimon_v1_InsertHostResponse>;
  
  JoinHost: grpc.handleUnaryCall<_minimon_v1_JoinHostRequest__Output, _minimon_v1_JoinHostResponse>;
  
  ListAssignments: grpc.handleUnaryCall<_minimon_v1_ListAssignmentsRequest__Output, _minimon_v1_ListAssignmentsResponse>;
  
  ListAudit: grpc.handleUnaryCall<_minimon_v1_ListAuditRequest__Output, _minimon_v1_ListAuditResponse>;
  
  ListEnrolments: grpc.handleUnaryCall<_minimon_v1_ListEnrolmentsRequest__Output, _minimon_v1_ListEnrolmentsResponse>;
  
  ListHosts: grpc.handleUnaryCall<_minimon_v1_ListHostsRequest__Output, _minimon_v1_ListHostsResponse>;
  
  ListInventory: grpc.handleUnaryCall<_minimon_v1_ListInventoryRequest__Output, _minimon_v1_ListInventoryResponse>;
  
  ListLocations: grpc.handleUnaryCall<_minimon_v1_ListLocationsRequest__Output, _minimon_v1_ListLocationsResponse>;
  
  ListReceivers: grpc.handleUnaryCall<_minimon_v1_ListReceiversRequest__Output, _minimon_v1_ListReceiversResponse>;
  
  ListRules: grpc.handleUnaryCall<_minimon_v1_ListRulesRequest__Output, _minimon_v1_ListRulesResponse>;
  
  ListSilences: grpc.handleUnaryCall<_minimon_v1_ListSilencesRequest__Output, _minimon_v1_ListSilencesResponse>;
  
  ListTokens: grpc.handleUnaryCall<_minimon_v1_ListTokensRequest__Output, _minimon_v1_ListTokensResponse>;
  
  ListUnmanaged: grpc.handleUnaryCall<_minimon_v1_ListUnmanagedRequest__Output, _minimon_v1_ListUnmanagedResponse>;
  
  PlanRules: grpc.handleUnaryCall<_minimon_v1_RuleChangesRequest__Output, _minimon_v1_PlanRulesResponse>;
  
  PreviewMatchers: grpc.handleUnaryCall<_minimon_v1_PreviewMatchersRequest__Output, _minimon_v1_PreviewMatchersResponse>;
  
  PutReceiver: grpc.handleUnaryCall<_minimon_v1_PutReceiverRequest__Output, _minimon_v1_Receiver>;
  
  PutRule: grpc.handleUnaryCall<_minimon_v1_PutRuleRequest__Output, _minimon_v1_PutRuleResponse>;
  
  PutSilence: grpc.handleUnaryCall<_minimon_v1_PutSilenceRequest__Output, _minimon_v1_PutSilenceResponse>;
  
  RemoveHosts: grpc.handleUnaryCall<_minimon_v1_HostIdsRequest__Output, _minimon_v1_HostIdsResponse>;
  
  RemoveLocation: grpc.handleUnaryCall<_minimon_v1_RemoveLocationRequest__Output, _minimon_v1_LocationChangeResponse>;
  
  RemoveReceiver: grpc.handleUnaryCall<_minimon_v1_RemoveReceiverRequest__Output, _minimon_v1_RemoveReceiverResponse>;
  
  RemoveRule: grpc.handleUnaryCall<_minimon_v1_RemoveRuleRequest__Output, _minimon_v1_RemoveRuleResponse>;
  
  RenameLocation: grpc.handleUnaryCall<_minimon_v1_RenameLocationRequest__Output, _minimon_v1_LocationChangeResponse>;
  
  RenameRule: grpc.handleUnaryCall<_minimon_v1_RenameRuleRequest__Output, _minimon_v1_RenameRuleResponse>;
  
  RenewCredential: grpc.handleUnaryCall<_minimon_v1_RenewCredentialRequest__Output, _minimon_v1_RenewCredentialResponse>;
  
  ReplaceHost: grpc.handleUnaryCall<_minimon_v1_ReplaceHostRequest__Output, _minimon_v1_ReplaceHostResponse>;
  
  RevokeToken: grpc.handleUnaryCall<_minimon_v1_RevokeTokenRequest__Output, _minimon_v1_RevokeTokenResponse>;
  
  SetRuleEnabled: grpc.handleUnaryCall<_minimon_v1_SetRuleEnabledRequest__Output, _minimon_v1_SetRuleEnabledResponse>;
  
  SyncTokens: grpc.handleUnaryCall<_minimon_v1_SyncTokensRequest__Output, _minimon_v1_SyncTokensResponse>;
  
  UnassignHosts: grpc.handleUnaryCall<_minimon_v1_HostIdsRequest__Output, _minimon_v1_HostIdsResponse>;
  
  UndoChange: grpc.handleUnaryCall<_minimon_v1_UndoChangeRequest__Output, _minimon_v1_UndoChangeResponse>;
  
  UpdateHost: grpc.handleUnaryCall<_minimon_v1_UpdateHostRequest__Output, _minimon_v1_UpdateHostResponse>;
  
  UpdateHostMsg: grpc.handleUnaryCall<_minimon_v1_UpdateHostMsgRequest__Output, _minimon_v1_UpdateHostMsgResponse>;
  
  WatchAlertConfiguration: grpc.handleServerStreamingCall<_minimon_v1_WatchAlertConfigurationRequest__Output, _minimon_v1_AlertConfiguration>;
  
}

export interface ManageServiceDefinition extends grpc.ServiceDefinition {
  ApplyRules: MethodDefinition<_minimon_v1_RuleChangesRequest, _minimon_v1_ApplyRulesResponse, _minimon_v1_RuleChangesRequest__Output, _minimon_v1_ApplyRulesResponse__Output>
  AssignHosts: MethodDefinition<_minimon_v1_AssignHostsRequest, _minimon_v1_AssignHostsResponse, _minimon_v1_AssignHostsRequest__Output, _minimon_v1_AssignHostsResponse__Output>
  CreateJoinToken: MethodDefinition<_minimon_v1_CreateJoinTokenRequest, _minimon_v1_CreateJoinTokenResponse, _minimon_v1_CreateJoinTokenRequest__Output, _minimon_v1_CreateJoinTokenResponse__Output>
  CreateToken: MethodDefinition<_minimon_v1_CreateTokenRequest, _minimon_v1_CreateTokenResponse, _minimon_v1_CreateTokenRequest__Output, _minimon_v1_CreateTokenResponse__Output>
  ExpireSilence: MethodDefinition<_minimon_v1_ExpireSilenceRequest, _minimon_v1_ExpireSilenceResponse, _minimon_v1_ExpireSilenceRequest__Output, _minimon_v1_ExpireSilenceResponse__Output>
  FindAllHost: MethodDefinition<_minimon_v1_FindAllHostRequest, _minimon_v1_FindAllHostResponse, _minimon_v1_FindAllHostRequest__Output, _minimon_v1_FindAllHostResponse__Output>
  FindNotManagedHosts: MethodDefinition<_minimon_v1_FindNotManagedHostsRequest, _minimon_v1_FindNotManagedHostsResponse, _minimon_v1_FindNotManagedHostsRequest__Output, _minimon_v1_FindNotManagedHostsResponse__Output>
  GetHost: MethodDefinition<_minimon_v1_GetHostRequest, _minimon_v1_Host, _minimon_v1_GetHostRequest__Output, _minimon_v1_Host__Output>
  InsertAHost: MethodDefinition<_minimon_v1_InsertAHostRequest, _minimon_v1_InsertAHostResponse, _minimon_v1_InsertAHostRequest__Output, _minimon_v1_InsertAHostResponse__Output>
  InsertHost: MethodDefinition<_minimon_v1_InsertHostRequest, _minimon_v1_InsertHostResponse, _minimon_v1_InsertHostRequest__Output, _minimon_v1_InsertHostResponse__Output>
  JoinHost: MethodDefinition<_minimon_v1_JoinHostRequest, _minimon_v1_JoinHostResponse, _minimon_v1_JoinHostRequest__Output, _minimon_v1_JoinHostResponse__Output>
  ListAssignments: MethodDefinition<_minimon_v1_ListAssignmentsRequest, _minimon_v1_ListAssignmentsResponse, _minimon_v1_ListAssignmentsRequest__Output, _minimon_v1_ListAssignmentsResponse__Output>
  ListAudit: MethodDefinition<_minimon_v1_ListAuditRequest, _minimon_v1_ListAuditResponse, _minimon_v1_ListAuditRequest__Output, _minimon_v1_ListAuditResponse__Output>
  ListEnrolments: MethodDefinition<_minimon_v1_ListEnrolmentsRequest, _minimon_v1_ListEnrolmentsResponse, _minimon_v1_ListEnrolmentsRequest__Output, _minimon_v1_ListEnrolmentsResponse__Output>
  ListHosts: MethodDefinition<_minimon_v1_ListHostsRequest, _minimon_v1_ListHostsResponse, _minimon_v1_ListHostsRequest__Output, _minimon_v1_ListHostsResponse__Output>
  ListInventory: MethodDefinition<_minimon_v1_ListInventoryRequest, _minimon_v1_ListInventoryResponse, _minimon_v1_ListInventoryRequest__Output, _minimon_v1_ListInventoryResponse__Output>
  ListLocations: MethodDefinition<_minimon_v1_ListLocationsRequest, _minimon_v1_ListLocationsResponse, _minimon_v1_ListLocationsRequest__Output, _minimon_v1_ListLocationsResponse__Output>
  ListReceivers: MethodDefinition<_minimon_v1_ListReceiversRequest, _minimon_v1_ListReceiversResponse, _minimon_v1_ListReceiversRequest__Output, _minimon_v1_ListReceiversResponse__Output>
  ListRules: MethodDefinition<_minimon_v1_ListRulesRequest, _minimon_v1_ListRulesResponse, _minimon_v1_ListRulesRequest__Output, _minimon_v1_ListRulesResponse__Output>
  ListSilences: MethodDefinition<_minimon_v1_ListSilencesRequest, _minimon_v1_ListSilencesResponse, _minimon_v1_ListSilencesRequest__Output, _minimon_v1_ListSilencesResponse__Output>
  ListTokens: MethodDefinition<_minimon_v1_ListTokensRequest, _minimon_v1_ListTokensResponse, _minimon_v1_ListTokensRequest__Output, _minimon_v1_ListTokensResponse__Output>
  ListUnmanaged: MethodDefinition<_minimon_v1_ListUnmanagedRequest, _minimon_v1_ListUnmanagedResponse, _minimon_v1_ListUnmanagedRequest__Output, _minimon_v1_ListUnmanagedResponse__Output>
  PlanRules: MethodDefinition<_minimon_v1_RuleChangesRequest, _minimon_v1_PlanRulesResponse, _minimon_v1_RuleChangesRequest__Output, _minimon_v1_PlanRulesResponse__Output>
  PreviewMatchers: MethodDefinition<_minimon_v1_PreviewMatchersRequest, _minimon_v1_PreviewMatchersResponse, _minimon_v1_PreviewMatchersRequest__Output, _minimon_v1_PreviewMatchersResponse__Output>
  PutReceiver: MethodDefinition<_minimon_v1_PutReceiverRequest, _minimon_v1_Receiver, _minimon_v1_PutReceiverRequest__Output, _minimon_v1_Receiver__Output>
  PutRule: MethodDefinition<_minimon_v1_PutRuleRequest, _minimon_v1_PutRuleResponse, _minimon_v1_PutRuleRequest__Output, _minimon_v1_PutRuleResponse__Output>
  PutSilence: MethodDefinition<_minimon_v1_PutSilenceRequest, _minimon_v1_PutSilenceResponse, _minimon_v1_PutSilenceRequest__Output, _minimon_v1_PutSilenceResponse__Output>
  RemoveHosts: MethodDefinition<_minimon_v1_HostIdsRequest, _minimon_v1_HostIdsResponse, _minimon_v1_HostIdsRequest__Output, _minimon_v1_HostIdsResponse__Output>
  RemoveLocation: MethodDefinition<_minimon_v1_RemoveLocationRequest, _minimon_v1_LocationChangeResponse, _minimon_v1_RemoveLocationRequest__Output, _minimon_v1_LocationChangeResponse__Output>
  RemoveReceiver: MethodDefinition<_minimon_v1_RemoveReceiverRequest, _minimon_v1_RemoveReceiverResponse, _minimon_v1_RemoveReceiverRequest__Output, _minimon_v1_RemoveReceiverResponse__Output>
  RemoveRule: MethodDefinition<_minimon_v1_RemoveRuleRequest, _minimon_v1_RemoveRuleResponse, _minimon_v1_RemoveRuleRequest__Output, _minimon_v1_RemoveRuleResponse__Output>
  RenameLocation: MethodDefinition<_minimon_v1_RenameLocationRequest, _minimon_v1_LocationChangeResponse, _minimon_v1_RenameLocationRequest__Output, _minimon_v1_LocationChangeResponse__Output>
  RenameRule: MethodDefinition<_minimon_v1_RenameRuleRequest, _minimon_v1_RenameRuleResponse, _minimon_v1_RenameRuleRequest__Output, _minimon_v1_RenameRuleResponse__Output>
  RenewCredential: MethodDefinition<_minimon_v1_RenewCredentialRequest, _minimon_v1_RenewCredentialResponse, _minimon_v1_RenewCredentialRequest__Output, _minimon_v1_RenewCredentialResponse__Output>
  ReplaceHost: MethodDefinition<_minimon_v1_ReplaceHostRequest, _minimon_v1_ReplaceHostResponse, _minimon_v1_ReplaceHostRequest__Output, _minimon_v1_ReplaceHostResponse__Output>
  RevokeToken: MethodDefinition<_minimon_v1_RevokeTokenRequest, _minimon_v1_RevokeTokenResponse, _minimon_v1_RevokeTokenRequest__Output, _minimon_v1_RevokeTokenResponse__Output>
  SetRuleEnabled: MethodDefinition<_minimon_v1_SetRuleEnabledRequest, _minimon_v1_SetRuleEnabledResponse, _minimon_v1_SetRuleEnabledRequest__Output, _minimon_v1_SetRuleEnabledResponse__Output>
  SyncTokens: MethodDefinition<_minimon_v1_SyncTokensRequest, _minimon_v1_SyncTokensResponse, _minimon_v1_SyncTokensRequest__Output, _minimon_v1_SyncTokensResponse__Output>
  UnassignHosts: MethodDefinition<_minimon_v1_HostIdsRequest, _minimon_v1_HostIdsResponse, _minimon_v1_HostIdsRequest__Output, _minimon_v1_HostIdsResponse__Output>
  UndoChange: MethodDefinition<_minimon_v1_UndoChangeRequest, _minimon_v1_UndoChangeResponse, _minimon_v1_UndoChangeRequest__Output, _minimon_v1_UndoChangeResponse__Output>
  UpdateHost: MethodDefinition<_minimon_v1_UpdateHostRequest, _minimon_v1_UpdateHostResponse, _minimon_v1_UpdateHostRequest__Output, _minimon_v1_UpdateHostResponse__Output>
  UpdateHostMsg: MethodDefinition<_minimon_v1_UpdateHostMsgRequest, _minimon_v1_UpdateHostMsgResponse, _minimon_v1_UpdateHostMsgRequest__Output, _minimon_v1_UpdateHostMsgResponse__Output>
  WatchAlertConfiguration: MethodDefinition<_minimon_v1_WatchAlertConfigurationRequest, _minimon_v1_AlertConfiguration, _minimon_v1_WatchAlertConfigurationRequest__Output, _minimon_v1_AlertConfiguration__Output>
}
