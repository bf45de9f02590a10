// Original file: minimon/v1/report.proto

import type { Long } from '@grpc/proto-loader';

export interface Refusal {
  'host_id'?: (string);
  'time_ms'?: (number | string | Long);
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'samples'?: (number);
  'reason'?: (string);
}

export interface Refusal__Output {
  'host_id': (string);
  'time_ms': (number);
  'metric': (string);
  'labels': ({[key: string]: string});
  'samples': (number);
  'reason': (string);
}
