// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface QueryPromqlRequest {
  'expression'?: (string);
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'step_ms'?: (number | string | Long);
  '_step_ms'?: "step_ms";
}

export interface QueryPromqlRequest__Output {
  'expression': (string);
  'start_ms': (number);
  'stop_ms': (number);
  'step_ms'?: (number);
}
