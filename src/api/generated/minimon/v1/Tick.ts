// Original file: minimon/v1/report.proto

import type { Sample as _minimon_v1_Sample, Sample__Output as _minimon_v1_Sample__Output } from '../../minimon/v1/Sample.ts';
import type { Long } from '@grpc/proto-loader';

export interface Tick {
  'host_id'?: (string);
  'time_ms'?: (number | string | Long);
  'interval_ms'?: (number | string | Long);
  'machine_id'?: (string);
  'boot_id'?: (string);
  'agent_version'?: (string);
  'samples'?: (_minimon_v1_Sample)[];
  'facts'?: ({[key: string]: string});
  'source'?: (string);
  'replica'?: (string);
  'counters'?: (_minimon_v1_Sample)[];
  'ended'?: (_minimon_v1_Sample)[];
}

export interface Tick__Output {
  'host_id': (string);
  'time_ms': (number);
  'interval_ms': (number);
  'machine_id': (string);
  'boot_id': (string);
  'agent_version': (string);
  'samples': (_minimon_v1_Sample__Output)[];
  'facts': ({[key: string]: string});
  'source': (string);
  'replica': (string);
  'counters': (_minimon_v1_Sample__Output)[];
  'ended': (_minimon_v1_Sample__Output)[];
}
