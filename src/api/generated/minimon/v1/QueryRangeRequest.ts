// Original file: minimon/v1/analyze.proto

import type { HostIds as _minimon_v1_HostIds, HostIds__Output as _minimon_v1_HostIds__Output } from '../../minimon/v1/HostIds.ts';
import type { Aggregate as _minimon_v1_Aggregate, Aggregate__Output as _minimon_v1_Aggregate__Output } from '../../minimon/v1/Aggregate.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryRangeRequest {
  'location'?: (string);
  'hosts'?: (_minimon_v1_HostIds | null);
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'step_ms'?: (number | string | Long);
  'aggregate'?: (_minimon_v1_Aggregate);
  '_location'?: "location";
  '_hosts'?: "hosts";
  '_step_ms'?: "step_ms";
}

export interface QueryRangeRequest__Output {
  'location'?: (string);
  'hosts'?: (_minimon_v1_HostIds__Output | null);
  'metric': (string);
  'labels': ({[key: string]: string});
  'start_ms': (number);
  'stop_ms': (number);
  'step_ms'?: (number);
  'aggregate': (_minimon_v1_Aggregate__Output);
}
