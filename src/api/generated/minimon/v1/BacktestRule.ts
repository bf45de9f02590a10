// Original file: minimon/v1/analyze.proto

import type { BacktestSeverity as _minimon_v1_BacktestSeverity, BacktestSeverity__Output as _minimon_v1_BacktestSeverity__Output } from '../../minimon/v1/BacktestSeverity.ts';

export interface BacktestRule {
  'name'?: (string);
  'expression'?: (string);
  'severity'?: (_minimon_v1_BacktestSeverity);
  'locations'?: (string)[];
  'hosts'?: (string)[];
}

export interface BacktestRule__Output {
  'name': (string);
  'expression': (string);
  'severity': (_minimon_v1_BacktestSeverity__Output);
  'locations': (string)[];
  'hosts': (string)[];
}
