// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface BacktestNear {
  'expression'?: (string);
  'firings'?: (number);
  'hosts'?: (number);
  'firing_ms'?: (number | string | Long);
  'longest_ms'?: (number | string | Long);
}

export interface BacktestNear__Output {
  'expression': (string);
  'firings': (number);
  'hosts': (number);
  'firing_ms': (number);
  'longest_ms': (number);
}
