// Original file: minimon/v1/manage.proto

import type { AssignOutcome as _minimon_v1_AssignOutcome, AssignOutcome__Output as _minimon_v1_AssignOutcome__Output } from '../../minimon/v1/AssignOutcome.ts';

export interface AssignHostsResponse {
  'outcomes'?: (_minimon_v1_AssignOutcome)[];
}

export interface AssignHostsResponse__Output {
  'outcomes': (_minimon_v1_AssignOutcome__Output)[];
}
