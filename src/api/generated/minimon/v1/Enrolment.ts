// Original file: minimon/v1/manage.proto

import type { WaitingMachine as _minimon_v1_WaitingMachine, WaitingMachine__Output as _minimon_v1_WaitingMachine__Output } from '../../minimon/v1/WaitingMachine.ts';
import type { Long } from '@grpc/proto-loader';

export interface Enrolment {
  'host_id'?: (string);
  'machine_id'?: (string);
  'token_id'?: (string);
  'enrolled_ms'?: (number | string | Long);
  'renewed_ms'?: (number | string | Long);
  'ends_ms'?: (number | string | Long);
  'revoked'?: (boolean);
  'waiting'?: (_minimon_v1_WaitingMachine | null);
  '_machine_id'?: "machine_id";
  '_token_id'?: "token_id";
  '_enrolled_ms'?: "enrolled_ms";
  '_renewed_ms'?: "renewed_ms";
  '_ends_ms'?: "ends_ms";
}

export interface Enrolment__Output {
  'host_id': (string);
  'machine_id'?: (string);
  'token_id'?: (string);
  'enrolled_ms'?: (number);
  'renewed_ms'?: (number);
  'ends_ms'?: (number);
  'revoked': (boolean);
  'waiting': (_minimon_v1_WaitingMachine__Output | null);
}
