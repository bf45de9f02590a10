// Original file: minimon/v1/warn.proto

import type { Long } from '@grpc/proto-loader';

export interface PartitionStatus {
  'partition'?: (number);
  'end'?: (number | string | Long);
  'position'?: (number | string | Long);
  'committed'?: (number | string | Long);
  'unread'?: (number | string | Long);
  'uncommitted'?: (number | string | Long);
  'received_ms'?: (number | string | Long);
  '_received_ms'?: "received_ms";
}

export interface PartitionStatus__Output {
  'partition': (number);
  'end': (number);
  'position': (number);
  'committed': (number);
  'unread': (number);
  'uncommitted': (number);
  'received_ms'?: (number);
}
