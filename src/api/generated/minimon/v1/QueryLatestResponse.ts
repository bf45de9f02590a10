// Original file: minimon/v1/analyze.proto

import type { LatestSample as _minimon_v1_LatestSample, LatestSample__Output as _minimon_v1_LatestSample__Output } from '../../minimon/v1/LatestSample.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryLatestResponse {
  'now_ms'?: (number | string | Long);
  'samples'?: (_minimon_v1_LatestSample)[];
  'warnings'?: (string)[];
}

export interface QueryLatestResponse__Output {
  'now_ms': (number);
  'samples': (_minimon_v1_LatestSample__Output)[];
  'warnings': (string)[];
}
