// Original file: minimon/v1/warn.proto

import type { ReceiverHealth as _minimon_v1_ReceiverHealth, ReceiverHealth__Output as _minimon_v1_ReceiverHealth__Output } from '../../minimon/v1/ReceiverHealth.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListReceiverHealthResponse {
  'now_ms'?: (number | string | Long);
  'receivers'?: (_minimon_v1_ReceiverHealth)[];
}

export interface ListReceiverHealthResponse__Output {
  'now_ms': (number);
  'receivers': (_minimon_v1_ReceiverHealth__Output)[];
}
