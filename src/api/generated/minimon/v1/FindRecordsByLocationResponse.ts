// Original file: minimon/v1/analyze.proto

import type { HostRecord as _minimon_v1_HostRecord, HostRecord__Output as _minimon_v1_HostRecord__Output } from '../../minimon/v1/HostRecord.ts';

export interface FindRecordsByLocationResponse {
  'records'?: (_minimon_v1_HostRecord)[];
}

export interface FindRecordsByLocationResponse__Output {
  'records': (_minimon_v1_HostRecord__Output)[];
}
