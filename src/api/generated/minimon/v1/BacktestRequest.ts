// Original file: minimon/v1/analyze.proto

import type { BacktestRule as _minimon_v1_BacktestRule, BacktestRule__Output as _minimon_v1_BacktestRule__Output } from '../../minimon/v1/BacktestRule.ts';
import type { Long } from '@grpc/proto-loader';

export interface BacktestRequest {
  'rules'?: (_minimon_v1_BacktestRule)[];
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'limit'?: (number);
  'near'?: (boolean);
  '_limit'?: "limit";
}

export interface BacktestRequest__Output {
  'rules': (_minimon_v1_BacktestRule__Output)[];
  'start_ms': (number);
  'stop_ms': (number);
  'limit'?: (number);
  'near': (boolean);
}
