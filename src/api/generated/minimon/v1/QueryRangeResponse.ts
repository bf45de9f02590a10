// Original file: minimon/v1/analyze.proto

import type { Series as _minimon_v1_Series, Series__Output as _minimon_v1_Series__Output } from '../../minimon/v1/Series.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryRangeResponse {
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'step_ms'?: (number | string | Long);
  'series'?: (_minimon_v1_Series)[];
  'warnings'?: (string)[];
  '_step_ms'?: "step_ms";
}

export interface QueryRangeResponse__Output {
  'start_ms': (number);
  'stop_ms': (number);
  'step_ms'?: (number);
  'series': (_minimon_v1_Series__Output)[];
  'warnings': (string)[];
}
