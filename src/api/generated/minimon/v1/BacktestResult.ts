// Original file: minimon/v1/analyze.proto

import type { BacktestRuleResult as _minimon_v1_BacktestRuleResult, BacktestRuleResult__Output as _minimon_v1_BacktestRuleResult__Output } from '../../minimon/v1/BacktestRuleResult.ts';
import type { Long } from '@grpc/proto-loader';

export interface BacktestResult {
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'step_ms'?: (number | string | Long);
  'hosts'?: (number);
  'ticks'?: (number | string | Long);
  'rules'?: (_minimon_v1_BacktestRuleResult)[];
  'warnings'?: (string)[];
  'samples_from_ms'?: (number | string | Long);
  '_samples_from_ms'?: "samples_from_ms";
}

export interface BacktestResult__Output {
  'start_ms': (number);
  'stop_ms': (number);
  'step_ms': (number);
  'hosts': (number);
  'ticks': (number);
  'rules': (_minimon_v1_BacktestRuleResult__Output)[];
  'warnings': (string)[];
  'samples_from_ms'?: (number);
}
