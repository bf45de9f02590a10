// Original file: minimon/v1/warn.proto

import type { Alert as _minimon_v1_Alert, Alert__Output as _minimon_v1_Alert__Output } from '../../minimon/v1/Alert.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListAlertsResponse {
  'now_ms'?: (number | string | Long);
  'alerts'?: (_minimon_v1_Alert)[];
  'warnings'?: (string)[];
}

export interface ListAlertsResponse__Output {
  'now_ms': (number);
  'alerts': (_minimon_v1_Alert__Output)[];
  'warnings': (string)[];
}
