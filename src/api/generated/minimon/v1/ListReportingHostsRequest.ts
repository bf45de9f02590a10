// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface ListReportingHostsRequest {
  'since_ms'?: (number | string | Long);
  'limit'?: (number);
  'cursor'?: (string);
  '_since_ms'?: "since_ms";
  '_limit'?: "limit";
  '_cursor'?: "cursor";
}

export interface ListReportingHostsRequest__Output {
  'since_ms'?: (number);
  'limit'?: (number);
  'cursor'?: (string);
}
