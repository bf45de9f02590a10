// Original file: minimon/v1/analyze.proto

import type { Aggregate as _minimon_v1_Aggregate, Aggregate__Output as _minimon_v1_Aggregate__Output } from '../../minimon/v1/Aggregate.ts';
import type { Long } from '@grpc/proto-loader';

export interface QueryRangeRequest {
  'location'?: (string);
  'hosts'?: (string)[];
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'start_ms'?: (number | string | Long);
  'stop_ms'?: (number | string | Long);
  'step_ms'?: (number | string | Long);
  'aggregate'?: (_minimon_v1_Aggregate);
  '_location'?: "location";
  '_step_ms'?: "step_ms";
}

export interface QueryRangeRequest__Output {
  'location'?: (string);
  'hosts': (string)[];
  'metric': (string);
  'labels': ({[key: string]: string});
  'start_ms': (number);
  'stop_ms': (number);
  'step_ms'?: (number);
  'aggregate': (_minimon_v1_Aggregate__Output);
}
