// Original file: minimon/v1/manage.proto

import type { Host as _minimon_v1_Host, Host__Output as _minimon_v1_Host__Output } from '../../minimon/v1/Host.ts';
import type { Suggestion as _minimon_v1_Suggestion, Suggestion__Output as _minimon_v1_Suggestion__Output } from '../../minimon/v1/Suggestion.ts';

export interface UnmanagedHost {
  'host'?: (_minimon_v1_Host | null);
  'suggestion'?: (_minimon_v1_Suggestion | null);
  '_suggestion'?: "suggestion";
}

export interface UnmanagedHost__Output {
  'host': (_minimon_v1_Host__Output | null);
  'suggestion'?: (_minimon_v1_Suggestion__Output | null);
}
