// Original file: minimon/v1/warn.proto

import type { ReceiverState as _minimon_v1_ReceiverState, ReceiverState__Output as _minimon_v1_ReceiverState__Output } from '../../minimon/v1/ReceiverState.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReceiverHealth {
  'name'?: (string);
  'state'?: (_minimon_v1_ReceiverState);
  'owed'?: (number);
  'since_ms'?: (number | string | Long);
  'last_sent_ms'?: (number | string | Long);
  'last_error_ms'?: (number | string | Long);
  'last_error'?: (string);
  '_since_ms'?: "since_ms";
  '_last_sent_ms'?: "last_sent_ms";
  '_last_error_ms'?: "last_error_ms";
  '_last_error'?: "last_error";
}

export interface ReceiverHealth__Output {
  'name': (string);
  'state': (_minimon_v1_ReceiverState__Output);
  'owed': (number);
  'since_ms'?: (number);
  'last_sent_ms'?: (number);
  'last_error_ms'?: (number);
  'last_error'?: (string);
}
