// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface WaitingMachine {
  'machine_id'?: (string);
  'address'?: (string);
  'asked_ms'?: (number | string | Long);
  'token_id'?: (string);
  '_address'?: "address";
}

export interface WaitingMachine__Output {
  'machine_id': (string);
  'address'?: (string);
  'asked_ms': (number);
  'token_id': (string);
}
