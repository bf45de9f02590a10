// Original file: minimon/v1/manage.proto

import type { WaitingMachine as _minimon_v1_WaitingMachine, WaitingMachine__Output as _minimon_v1_WaitingMachine__Output } from '../../minimon/v1/WaitingMachine.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReplaceHostResponse {
  'until_ms'?: (number | string | Long);
  'waiting'?: (_minimon_v1_WaitingMachine | null);
}

export interface ReplaceHostResponse__Output {
  'until_ms': (number);
  'waiting': (_minimon_v1_WaitingMachine__Output | null);
}
