// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface LatestSample {
  'host_id'?: (string);
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'time_ms'?: (number | string | Long);
  'value'?: (number | string);
}

export interface LatestSample__Output {
  'host_id': (string);
  'metric': (string);
  'labels': ({[key: string]: string});
  'time_ms': (number);
  'value': (number);
}
