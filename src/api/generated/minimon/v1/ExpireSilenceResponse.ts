// Original file: minimon/v1/manage.proto

import type { Silence as _minimon_v1_Silence, Silence__Output as _minimon_v1_Silence__Output } from '../../minimon/v1/Silence.ts';

export interface ExpireSilenceResponse {
  'silence'?: (_minimon_v1_Silence | null);
}

export interface ExpireSilenceResponse__Output {
  'silence': (_minimon_v1_Silence__Output | null);
}
