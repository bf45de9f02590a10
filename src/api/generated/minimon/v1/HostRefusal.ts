// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface HostRefusal {
  'received_ms'?: (number | string | Long);
  'reason'?: (string);
  'samples'?: (number);
}

export interface HostRefusal__Output {
  'received_ms': (number);
  'reason': (string);
  'samples': (number);
}
