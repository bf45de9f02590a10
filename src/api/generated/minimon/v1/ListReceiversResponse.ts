// Original file: minimon/v1/manage.proto

import type { Receiver as _minimon_v1_Receiver, Receiver__Output as _minimon_v1_Receiver__Output } from '../../minimon/v1/Receiver.ts';

export interface ListReceiversResponse {
  'receivers'?: (_minimon_v1_Receiver)[];
}

export interface ListReceiversResponse__Output {
  'receivers': (_minimon_v1_Receiver__Output)[];
}
