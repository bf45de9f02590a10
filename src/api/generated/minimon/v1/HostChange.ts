// Original file: minimon/v1/manage.proto

import type { Change as _minimon_v1_Change, Change__Output as _minimon_v1_Change__Output } from '../../minimon/v1/Change.ts';

export interface HostChange {
  'host_id'?: (string);
  'change'?: (_minimon_v1_Change);
  'from'?: (string);
  'location'?: (string);
  '_from'?: "from";
  '_location'?: "location";
}

export interface HostChange__Output {
  'host_id': (string);
  'change': (_minimon_v1_Change__Output);
  'from'?: (string);
  'location'?: (string);
}
