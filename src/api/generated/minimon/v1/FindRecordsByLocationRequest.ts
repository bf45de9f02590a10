// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface FindRecordsByLocationRequest {
  'location'?: (string);
  'metrics_type'?: (string);
  'start'?: (number | string | Long);
  'stop'?: (number | string | Long);
  '_start'?: "start";
  '_stop'?: "stop";
}

export interface FindRecordsByLocationRequest__Output {
  'location': (string);
  'metrics_type': (string);
  'start'?: (number);
  'stop'?: (number);
}
