// Original file: minimon/v1/manage.proto

import type { Host as _minimon_v1_Host, Host__Output as _minimon_v1_Host__Output } from '../../minimon/v1/Host.ts';

export interface ListUnmanagedResponse {
  'hosts'?: (_minimon_v1_Host)[];
  'warnings'?: (string)[];
}

export interface ListUnmanagedResponse__Output {
  'hosts': (_minimon_v1_Host__Output)[];
  'warnings': (string)[];
}
