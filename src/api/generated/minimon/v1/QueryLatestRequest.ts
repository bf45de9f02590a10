// Original file: minimon/v1/analyze.proto

import type { HostIds as _minimon_v1_HostIds, HostIds__Output as _minimon_v1_HostIds__Output } from '../../minimon/v1/HostIds.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryLatestRequest {
  'location'?: (string);
  'hosts'?: (_minimon_v1_HostIds | null);
  'metrics'?: (string)[];
  'since_ms'?: (number | string | Long);
  '_location'?: "location";
  '_hosts'?: "hosts";
  '_since_ms'?: "since_ms";
}

export interface QueryLatestRequest__Output {
  'location'?: (string);
  'hosts'?: (_minimon_v1_HostIds__Output | null);
  'metrics': (string)[];
  'since_ms'?: (number);
}
