// Original file: minimon/v1/analyze.proto

import type { ReportingHost as _minimon_v1_ReportingHost, ReportingHost__Output as _minimon_v1_ReportingHost__Output } from '../../minimon/v1/ReportingHost.ts';
import type { Watermark as _minimon_v1_Watermark, Watermark__Output as _minimon_v1_Watermark__Output } from '../../minimon/v1/Watermark.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListReportingHostsResponse {
  'now_ms'?: (number | string | Long);
  'hosts'?: (_minimon_v1_ReportingHost)[];
  'watermarks'?: (_minimon_v1_Watermark)[];
  'next_cursor'?: (string);
  'replaying'?: (string);
  '_next_cursor'?: "next_cursor";
  '_replaying'?: "replaying";
}

export interface ListReportingHostsResponse__Output {
  'now_ms': (number);
  'hosts': (_minimon_v1_ReportingHost__Output)[];
  'watermarks': (_minimon_v1_Watermark__Output)[];
  'next_cursor'?: (string);
  'replaying'?: (string);
}
