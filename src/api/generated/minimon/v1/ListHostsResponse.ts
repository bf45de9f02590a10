// Original file: minimon/v1/manage.proto

import type { Host as _minimon_v1_Host, Host__Output as _minimon_v1_Host__Output } from '../../minimon/v1/Host.ts';

export interface ListHostsResponse {
  'hosts'?: (_minimon_v1_Host)[];
  'next_cursor'?: (string);
  'warnings'?: (string)[];
  '_next_cursor'?: "next_cursor";
}

export interface ListHostsResponse__Output {
  'hosts': (_minimon_v1_Host__Output)[];
  'next_cursor'?: (string);
  'warnings': (string)[];
}
