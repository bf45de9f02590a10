// Original file: minimon/v1/report.proto

import type { Long } from '@grpc/proto-loader';

export interface Heartbeat {
  'report_id'?: (string);
  'time_ms'?: (number | string | Long);
}

export interface Heartbeat__Output {
  'report_id': (string);
  'time_ms': (number);
}
