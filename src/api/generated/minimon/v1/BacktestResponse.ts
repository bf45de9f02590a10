// Original file: minimon/v1/analyze.proto

import type { BacktestResult as _minimon_v1_BacktestResult, BacktestResult__Output as _minimon_v1_BacktestResult__Output } from '../../minimon/v1/BacktestResult.ts';

export interface BacktestResponse {
  'progress'?: (number | string);
  'result'?: (_minimon_v1_BacktestResult | null);
  '_result'?: "result";
}

export interface BacktestResponse__Output {
  'progress': (number);
  'result'?: (_minimon_v1_BacktestResult__Output | null);
}
