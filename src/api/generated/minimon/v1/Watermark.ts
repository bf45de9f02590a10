// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface Watermark {
  'partition'?: (number);
  'received_ms'?: (number | string | Long);
}

export interface Watermark__Output {
  'partition': (number);
  'received_ms': (number);
}
