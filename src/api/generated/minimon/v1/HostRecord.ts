// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface HostRecord {
  'host_id'?: (string);
  'metrics_type'?: (string);
  'metrics_value'?: (number | string)[];
  'time_stamp'?: (number | string | Long)[];
  'times_ms'?: (number | string | Long)[];
}

export interface HostRecord__Output {
  'host_id': (string);
  'metrics_type': (string);
  'metrics_value': (number)[];
  'time_stamp': (number)[];
  'times_ms': (number)[];
}
