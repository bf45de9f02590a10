// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface WaitingMachine {
  'machine_id'?: (string);
  'address'?: (string);
  'asked_ms'?: (number | string | Long);
  '_address'?: "address";
}

export interface WaitingMachine__Output {
  'machine_id': (string);
  'address'?: (string);
  'asked_ms': (number);
}
