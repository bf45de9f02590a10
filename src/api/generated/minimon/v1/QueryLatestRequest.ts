// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface QueryLatestRequest {
  'location'?: (string);
  'hosts'?: (string)[];
  'metrics'?: (string)[];
  'since_ms'?: (number | string | Long);
  '_location'?: "location";
}

export interface QueryLatestRequest__Output {
  'location'?: (string);
  'hosts': (string)[];
  'metrics': (string)[];
  'since_ms': (number);
}
