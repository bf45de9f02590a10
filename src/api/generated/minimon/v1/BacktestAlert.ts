// Original file: minimon/v1/analyze.proto

import type { BacktestSeverity as _minimon_v1_BacktestSeverity, BacktestSeverity__Output as _minimon_v1_BacktestSeverity__Output } from '../../minimon/v1/BacktestSeverity.ts';
import type { Long } from '@grpc/proto-loader';

export interface BacktestAlert {
  'host'?: (string);
  'location'?: (string);
  'labels'?: ({[key: string]: string});
  'severity'?: (_minimon_v1_BacktestSeverity);
  'since_ms'?: (number | string | Long);
  'fired_ms'?: (number | string | Long);
  'ended_ms'?: (number | string | Long);
  'ended'?: (string);
  'worst'?: (number | string);
  'at_start'?: (boolean);
  '_host'?: "host";
  '_location'?: "location";
  '_ended_ms'?: "ended_ms";
  '_ended'?: "ended";
  '_worst'?: "worst";
}

export interface BacktestAlert__Output {
  'host'?: (string);
  'location'?: (string);
  'labels': ({[key: string]: string});
  'severity': (_minimon_v1_BacktestSeverity__Output);
  'since_ms': (number);
  'fired_ms': (number);
  'ended_ms'?: (number);
  'ended'?: (string);
  'worst'?: (number);
  'at_start': (boolean);
}
