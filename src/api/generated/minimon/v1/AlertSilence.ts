// Original file: minimon/v1/warn.proto

import type { Long } from '@grpc/proto-loader';

export interface AlertSilence {
  'id'?: (string);
  'author'?: (string);
  'reason'?: (string);
  'ends_ms'?: (number | string | Long);
}

export interface AlertSilence__Output {
  'id': (string);
  'author': (string);
  'reason': (string);
  'ends_ms': (number);
}
