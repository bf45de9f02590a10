// Original file: minimon/v1/warn.proto

import type { PartitionStatus as _minimon_v1_PartitionStatus, PartitionStatus__Output as _minimon_v1_PartitionStatus__Output } from '../../minimon/v1/PartitionStatus.ts';
import type { Long } from '@grpc/proto-loader';

export interface WarnStatus {
  'now_ms'?: (number | string | Long);
  'partitions'?: (_minimon_v1_PartitionStatus)[];
  'skipped_records'?: (number | string | Long);
}

export interface WarnStatus__Output {
  'now_ms': (number);
  'partitions': (_minimon_v1_PartitionStatus__Output)[];
  'skipped_records': (number);
}
