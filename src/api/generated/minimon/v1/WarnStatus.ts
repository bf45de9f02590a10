// Original file: minimon/v1/warn.proto

import type { PartitionStatus as _minimon_v1_PartitionStatus, PartitionStatus__Output as _minimon_v1_PartitionStatus__Output } from '../../minimon/v1/PartitionStatus.ts';
import type { WarnRole as _minimon_v1_WarnRole, WarnRole__Output as _minimon_v1_WarnRole__Output } from '../../minimon/v1/WarnRole.ts';
import type { Long } from '@grpc/proto-loader';

export interface WarnStatus {
  'now_ms'?: (number | string | Long);
  'partitions'?: (_minimon_v1_PartitionStatus)[];
  'skipped_records'?: (number | string | Long);
  'role'?: (_minimon_v1_WarnRole);
  'lease_holder'?: (string);
  'telling'?: (boolean);
  'warnings'?: (string)[];
  '_lease_holder'?: "lease_holder";
}

export interface WarnStatus__Output {
  'now_ms': (number);
  'partitions': (_minimon_v1_PartitionStatus__Output)[];
  'skipped_records': (number);
  'role': (_minimon_v1_WarnRole__Output);
  'lease_holder'?: (string);
  'telling': (boolean);
  'warnings': (string)[];
}
