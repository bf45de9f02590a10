// Original file: minimon/v1/manage.proto

import type { Silence as _minimon_v1_Silence, Silence__Output as _minimon_v1_Silence__Output } from '../../minimon/v1/Silence.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListSilencesResponse {
  'now_ms'?: (number | string | Long);
  'silences'?: (_minimon_v1_Silence)[];
}

export interface ListSilencesResponse__Output {
  'now_ms': (number);
  'silences': (_minimon_v1_Silence__Output)[];
}
