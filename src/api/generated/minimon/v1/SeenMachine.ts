// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface SeenMachine {
  'machine_id'?: (string);
  'last_received_ms'?: (number | string | Long);
}

export interface SeenMachine__Output {
  'machine_id': (string);
  'last_received_ms': (number);
}
