// Original file: minimon/v1/analyze.proto

import type { SeenMachine as _minimon_v1_SeenMachine, SeenMachine__Output as _minimon_v1_SeenMachine__Output } from '../../minimon/v1/SeenMachine.ts';
import type { HostRefusal as _minimon_v1_HostRefusal, HostRefusal__Output as _minimon_v1_HostRefusal__Output } from '../../minimon/v1/HostRefusal.ts';
import type { HostSource as _minimon_v1_HostSource, HostSource__Output as _minimon_v1_HostSource__Output } from '../../minimon/v1/HostSource.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReportingHost {
  'host_id'?: (string);
  'first_seen_ms'?: (number | string | Long);
  'last_seen_ms'?: (number | string | Long);
  'last_received_ms'?: (number | string | Long);
  'interval_ms'?: (number | string | Long);
  'boot_id'?: (string);
  'agent_version'?: (string);
  'machines'?: (_minimon_v1_SeenMachine)[];
  'facts'?: ({[key: string]: string});
  'refusal'?: (_minimon_v1_HostRefusal | null);
  'sources'?: (_minimon_v1_HostSource)[];
  '_refusal'?: "refusal";
}

export interface ReportingHost__Output {
  'host_id': (string);
  'first_seen_ms': (number);
  'last_seen_ms': (number);
  'last_received_ms': (number);
  'interval_ms': (number);
  'boot_id': (string);
  'agent_version': (string);
  'machines': (_minimon_v1_SeenMachine__Output)[];
  'facts': ({[key: string]: string});
  'refusal'?: (_minimon_v1_HostRefusal__Output | null);
  'sources': (_minimon_v1_HostSource__Output)[];
}
