// Original file: minimon/v1/manage.proto

import type { Departure as _minimon_v1_Departure, Departure__Output as _minimon_v1_Departure__Output } from '../../minimon/v1/Departure.ts';

export interface HostIdsResponse {
  'host_ids'?: (string)[];
  'changes'?: (_minimon_v1_Departure)[];
}

export interface HostIdsResponse__Output {
  'host_ids': (string)[];
  'changes': (_minimon_v1_Departure__Output)[];
}
