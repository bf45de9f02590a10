// Original file: minimon/v1/warn.proto

import type { Alert as _minimon_v1_Alert, Alert__Output as _minimon_v1_Alert__Output } from '../../minimon/v1/Alert.ts';

export interface AcknowledgeResponse {
  'alerts'?: (_minimon_v1_Alert)[];
  'hint'?: (string);
  '_hint'?: "hint";
}

export interface AcknowledgeResponse__Output {
  'alerts': (_minimon_v1_Alert__Output)[];
  'hint'?: (string);
}
