import type * as grpc from '@grpc/grpc-js';
import type { EnumTypeDefinition, MessageTypeDefinition } from '@grpc/proto-loader';

import type { AnalyzeServiceClient as _minimon_v1_AnalyzeServiceClient, AnalyzeServiceDefinition as _minimon_v1_AnalyzeServiceDefinition } from './minimon/v1/AnalyzeService.ts';
import type { BacktestAlert as _minimon_v1_BacktestAlert, BacktestAlert__Output as _minimon_v1_BacktestAlert__Output } from './minimon/v1/BacktestAlert.ts';
import type { BacktestNear as _minimon_v1_BacktestNear, BacktestNear__Output as _minimon_v1_BacktestNear__Output } from './minimon/v1/BacktestNear.ts';
import type { BacktestRequest as _minimon_v1_BacktestRequest, BacktestRequest__Output as _minimon_v1_BacktestRequest__Output } from './minimon/v1/BacktestRequest.ts';
import type { BacktestResponse as _minimon_v1_BacktestResponse, BacktestResponse__Output as _minimon_v1_BacktestResponse__Output } from './minimon/v1/BacktestResponse.ts';
import type { BacktestResult as _minimon_v1_BacktestResult, BacktestResult__Output as _minimon_v1_BacktestResult__Output } from './minimon/v1/BacktestResult.ts';
import type { BacktestRule as _minimon_v1_BacktestRule, BacktestRule__Output as _minimon_v1_BacktestRule__Output } from './minimon/v1/BacktestRule.ts';
import type { BacktestRuleResult as _minimon_v1_BacktestRuleResult, BacktestRuleResult__Output as _minimon_v1_BacktestRuleResult__Output } from './minimon/v1/BacktestRuleResult.ts';
import type { FindRecordsByLocationRequest as _minimon_v1_FindRecordsByLocationRequest, FindRecordsByLocationRequest__Output as _minimon_v1_FindRecordsByLocationRequest__Output } from './minimon/v1/FindRecordsByLocationRequest.ts';
import type { FindRecordsByLocationResponse as _minimon_v1_FindRecordsByLocationResponse, FindRecordsByLocationResponse__Output as _minimon_v1_FindRecordsByLocationResponse__Output } from './minimon/v1/FindRecordsByLocationResponse.ts';
import type { HostIds as _minimon_v1_HostIds, HostIds__Output as _minimon_v1_HostIds__Output } from './minimon/v1/HostIds.ts';
import type { HostRecord as _minimon_v1_HostRecord, HostRecord__Output as _minimon_v1_HostRecord__Output } from './minimon/v1/HostRecord.ts';
import type { HostRefusal as _minimon_v1_HostRefusal, HostRefusal__Output as _minimon_v1_HostRefusal__Output } from './minimon/v1/HostRefusal.ts';
import type { HostSource as _minimon_v1_HostSource, HostSource__Output as _minimon_v1_HostSource__Output } from './minimon/v1/HostSource.ts';
import type { LatestSample as _minimon_v1_LatestSample, LatestSample__Output as _minimon_v1_LatestSample__Output } from './minimon/v1/LatestSample.ts';
import type { ListMetricsRequest as _minimon_v1_ListMetricsRequest, ListMetricsRequest__Output as _minimon_v1_ListMetricsRequest__Output } from './minimon/v1/ListMetricsRequest.ts';
import type { ListMetricsResponse as _minimon_v1_ListMetricsResponse, ListMetricsResponse__Output as _minimon_v1_ListMetricsResponse__Output } from './minimon/v1/ListMetricsResponse.ts';
import type { ListReportingHostsRequest as _minimon_v1_ListReportingHostsRequest, ListReportingHostsRequest__Output as _minimon_v1_ListReportingHostsRequest__Output } from './minimon/v1/ListReportingHostsRequest.ts';
import type { ListReportingHostsResponse as _minimon_v1_ListReportingHostsResponse, ListReportingHostsResponse__Output as _minimon_v1_ListReportingHostsResponse__Output } from './minimon/v1/ListReportingHostsResponse.ts';
import type { MetricLocation as _minimon_v1_MetricLocation, MetricLocation__Output as _minimon_v1_MetricLocation__Output } from './minimon/v1/MetricLocation.ts';
import type { PromqlSeries as _minimon_v1_PromqlSeries, PromqlSeries__Output as _minimon_v1_PromqlSeries__Output } from './minimon/v1/PromqlSeries.ts';
import type { QueryLatestRequest as _minimon_v1_QueryLatestRequest, QueryLatestRequest__Output as _minimon_v1_QueryLatestRequest__Output } from './minimon/v1/QueryLatestRequest.ts';
import type { QueryLatestResponse as _minimon_v1_QueryLatestResponse, QueryLatestResponse__Output as _minimon_v1_QueryLatestResponse__Output } from './minimon/v1/QueryLatestResponse.ts';
import type { QueryPromqlRequest as _minimon_v1_QueryPromqlRequest, QueryPromqlRequest__Output as _minimon_v1_QueryPromqlRequest__Output } from './minimon/v1/QueryPromqlRequest.ts';
import type { QueryPromqlResponse as _minimon_v1_QueryPromqlResponse, QueryPromqlResponse__Output as _minimon_v1_QueryPromqlResponse__Output } from './minimon/v1/QueryPromqlResponse.ts';
import type { QueryRangeRequest as _minimon_v1_QueryRangeRequest, QueryRangeRequest__Output as _minimon_v1_QueryRangeRequest__Output } from './minimon/v1/QueryRangeRequest.ts';
import type { QueryRangeResponse as _minimon_v1_QueryRangeResponse, QueryRangeResponse__Output as _minimon_v1_QueryRangeResponse__Output } from './minimon/v1/QueryRangeResponse.ts';
import type { ReportedMetric as _minimon_v1_ReportedMetric, ReportedMetric__Output as _minimon_v1_ReportedMetric__Output } from './minimon/v1/ReportedMetric.ts';
import type { ReportingHost as _minimon_v1_ReportingHost, ReportingHost__Output as _minimon_v1_ReportingHost__Output } from './minimon/v1/ReportingHost.ts';
import type { SeenMachine as _minimon_v1_SeenMachine, SeenMachine__Output as _minimon_v1_SeenMachine__Output } from './minimon/v1/SeenMachine.ts';
import type { Series as _minimon_v1_Series, Series__Output as _minimon_v1_Series__Output } from './minimon/v1/Series.ts';
import type { Watermark as _minimon_v1_Watermark, Watermark__Output as _minimon_v1_Watermark__Output } from './minimon/v1/Watermark.ts';

type SubtypeConstructor<Constructor extends new (...args: any) => any, Subtype> = {
  new(...args: ConstructorParameters<Constructor>): Subtype;
};

export interface ProtoGrpcType {
  minimon: {
    v1: {
      Aggregate: EnumTypeDefinition
      AnalyzeService: SubtypeConstructor<typeof grpc.Client, _minimon_v1_AnalyzeServiceClient> & { service: _minimon_v1_AnalyzeServiceDefinition }
      BacktestAlert: MessageTypeDefinition<_minimon_v1_BacktestAlert, _minimon_v1_BacktestAlert__Output>
      BacktestNear: MessageTypeDefinition<_minimon_v1_BacktestNear, _minimon_v1_BacktestNear__Output>
      BacktestRequest: MessageTypeDefinition<_minimon_v1_BacktestRequest, _minimon_v1_BacktestRequest__Output>
      BacktestResponse: MessageTypeDefinition<_minimon_v1_BacktestResponse, _minimon_v1_BacktestResponse__Output>
      BacktestResult: MessageTypeDefinition<_minimon_v1_BacktestResult, _minimon_v1_BacktestResult__Output>
      BacktestRule: MessageTypeDefinition<_minimon_v1_BacktestRule, _minimon_v1_BacktestRule__Output>
      BacktestRuleResult: MessageTypeDefinition<_minimon_v1_BacktestRuleResult, _minimon_v1_BacktestRuleResult__Output>
      BacktestSeverity: EnumTypeDefinition
      FindRecordsByLocationRequest: MessageTypeDefinition<_minimon_v1_FindRecordsByLocationRequest, _minimon_v1_FindRecordsByLocationRequest__Output>
      FindRecordsByLocationResponse: MessageTypeDefinition<_minimon_v1_FindRecordsByLocationResponse, _minimon_v1_FindRecordsByLocationResponse__Output>
      HostIds: MessageTypeDefinition<_minimon_v1_HostIds, _minimon_v1_HostIds__Output>
      HostRecord: MessageTypeDefinition<_minimon_v1_HostRecord, _minimon_v1_HostRecord__Output>
      HostRefusal: MessageTypeDefinition<_minimon_v1_HostRefusal, _minimon_v1_HostRefusal__Output>
      HostSource: MessageTypeDefinition<_minimon_v1_HostSource, _minimon_v1_HostSource__Output>
      LatestSample: MessageTypeDefinition<_minimon_v1_LatestSample, _minimon_v1_LatestSample__Output>
      ListMetricsRequest: MessageTypeDefinition<_minimon_v1_ListMetricsRequest, _minimon_v1_ListMetricsRequest__Output>
      ListMetricsResponse: MessageTypeDefinition<_minimon_v1_ListMetricsResponse, _minimon_v1_ListMetricsResponse__Output>
      ListReportingHostsRequest: MessageTypeDefinition<_minimon_v1_ListReportingHostsRequest, _minimon_v1_ListReportingHostsRequest__Output>
      ListReportingHostsResponse: MessageTypeDefinition<_minimon_v1_ListReportingHostsResponse, _minimon_v1_ListReportingHostsResponse__Output>
      MetricKind: EnumTypeDefinition
      MetricLocation: MessageTypeDefinition<_minimon_v1_MetricLocation, _minimon_v1_MetricLocation__Output>
      PromqlSeries: MessageTypeDefinition<_minimon_v1_PromqlSeries, _minimon_v1_PromqlSeries__Output>
      QueryLatestRequest: MessageTypeDefinition<_minimon_v1_QueryLatestRequest, _minimon_v1_QueryLatestRequest__Output>
      QueryLatestResponse: MessageTypeDefinition<_minimon_v1_QueryLatestResponse, _minimon_v1_QueryLatestResponse__Output>
      QueryPromqlRequest: MessageTypeDefinition<_minimon_v1_QueryPromqlRequest, _minimon_v1_QueryPromqlRequest__Output>
      QueryPromqlResponse: MessageTypeDefinition<_minimon_v1_QueryPromqlResponse, _minimon_v1_QueryPromqlResponse__Output>
      QueryRangeRequest: MessageTypeDefinition<_minimon_v1_QueryRangeRequest, _minimon_v1_QueryRangeRequest__Output>
      QueryRangeResponse: MessageTypeDefinition<_minimon_v1_QueryRangeResponse, _minimon_v1_QueryRangeResponse__Output>
      ReportedMetric: MessageTypeDefinition<_minimon_v1_ReportedMetric, _minimon_v1_ReportedMetric__Output>
      ReportingHost: MessageTypeDefinition<_minimon_v1_ReportingHost, _minimon_v1_ReportingHost__Output>
      SeenMachine: MessageTypeDefinition<_minimon_v1_SeenMachine, _minimon_v1_SeenMachine__Output>
      Series: MessageTypeDefinition<_minimon_v1_Series, _minimon_v1_Series__Output>
      Watermark: MessageTypeDefinition<_minimon_v1_Watermark, _minimon_v1_Watermark__Output>
    }
  }
}

