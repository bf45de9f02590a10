// Original file: minimon/v1/manage.proto

import type { InsertedHosts as _minimon_v1_InsertedHosts, InsertedHosts__Output as _minimon_v1_InsertedHosts__Output } from '../../minimon/v1/InsertedHosts.ts';

export interface InsertAHostResponse {
  'CODE'?: (number);
  'MSG'?: (string);
  'DATA'?: (_minimon_v1_InsertedHosts | null);
}

export interface InsertAHostResponse__Output {
  'CODE': (number);
  'MSG': (string);
  'DATA': (_minimon_v1_InsertedHosts__Output | null);
}
