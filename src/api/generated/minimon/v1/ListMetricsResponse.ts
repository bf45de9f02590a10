// Original file: minimon/v1/analyze.proto

import type { ReportedMetric as _minimon_v1_ReportedMetric, ReportedMetric__Output as _minimon_v1_ReportedMetric__Output } from '../../minimon/v1/ReportedMetric.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListMetricsResponse {
  'now_ms'?: (number | string | Long);
  'metrics'?: (_minimon_v1_ReportedMetric)[];
  'warnings'?: (string)[];
}

export interface ListMetricsResponse__Output {
  'now_ms': (number);
  'metrics': (_minimon_v1_ReportedMetric__Output)[];
  'warnings': (string)[];
}
