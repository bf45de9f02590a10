// Original file: minimon/v1/manage.proto

import type { Change as _minimon_v1_Change, Change__Output as _minimon_v1_Change__Output } from '../../minimon/v1/Change.ts';

export interface Departure {
  'host_id'?: (string);
  'change'?: (_minimon_v1_Change);
  'from'?: (string);
  '_from'?: "from";
}

export interface Departure__Output {
  'host_id': (string);
  'change': (_minimon_v1_Change__Output);
  'from'?: (string);
}
