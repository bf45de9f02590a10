// Original file: minimon/v1/analyze.proto

import type { BacktestAlert as _minimon_v1_BacktestAlert, BacktestAlert__Output as _minimon_v1_BacktestAlert__Output } from '../../minimon/v1/BacktestAlert.ts';
import type { BacktestNear as _minimon_v1_BacktestNear, BacktestNear__Output as _minimon_v1_BacktestNear__Output } from '../../minimon/v1/BacktestNear.ts';
import type { Long } from '@grpc/proto-loader';

export interface BacktestRuleResult {
  'name'?: (string);
  'expression'?: (string);
  'firings'?: (number);
  'hosts'?: (number);
  'firing_ms'?: (number | string | Long);
  'longest_ms'?: (number | string | Long);
  'alerts'?: (_minimon_v1_BacktestAlert)[];
  'more'?: (number);
  'fired'?: (number | string | Long)[];
  'firing'?: (number | string | Long)[];
  'near'?: (_minimon_v1_BacktestNear)[];
}

export interface BacktestRuleResult__Output {
  'name': (string);
  'expression': (string);
  'firings': (number);
  'hosts': (number);
  'firing_ms': (number);
  'longest_ms': (number);
  'alerts': (_minimon_v1_BacktestAlert__Output)[];
  'more': (number);
  'fired': (number)[];
  'firing': (number)[];
  'near': (_minimon_v1_BacktestNear__Output)[];
}
