// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface HostSource {
  'source'?: (string);
  'last_received_ms'?: (number | string | Long);
  'interval_ms'?: (number | string | Long);
}

export interface HostSource__Output {
  'source': (string);
  'last_received_ms': (number);
  'interval_ms': (number);
}
