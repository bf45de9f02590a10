// Original file: minimon/v1/manage.proto

import type { UnmanagedHost as _minimon_v1_UnmanagedHost, UnmanagedHost__Output as _minimon_v1_UnmanagedHost__Output } from '../../minimon/v1/UnmanagedHost.ts';

export interface ListUnmanagedResponse {
  'hosts'?: (_minimon_v1_UnmanagedHost)[];
  'warnings'?: (string)[];
}

export interface ListUnmanagedResponse__Output {
  'hosts': (_minimon_v1_UnmanagedHost__Output)[];
  'warnings': (string)[];
}
