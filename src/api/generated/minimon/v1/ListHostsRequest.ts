// Original file: minimon/v1/manage.proto

import type { HostState as _minimon_v1_HostState, HostState__Output as _minimon_v1_HostState__Output } from '../../minimon/v1/HostState.ts';

export interface ListHostsRequest {
  'location'?: (string);
  'state'?: (_minimon_v1_HostState);
  'all'?: (boolean);
  'limit'?: (number);
  'cursor'?: (string);
  'patterns'?: (string)[];
  '_location'?: "location";
  '_limit'?: "limit";
  '_cursor'?: "cursor";
}

export interface ListHostsRequest__Output {
  'location'?: (string);
  'state': (_minimon_v1_HostState__Output);
  'all': (boolean);
  'limit'?: (number);
  'cursor'?: (string);
  'patterns': (string)[];
}
