// Original file: minimon/v1/manage.proto

import type { Assignment as _minimon_v1_Assignment, Assignment__Output as _minimon_v1_Assignment__Output } from '../../minimon/v1/Assignment.ts';

export interface AssignHostsRequest {
  'assignments'?: (_minimon_v1_Assignment)[];
  'actor'?: (string);
  'new'?: (boolean);
  'dry_run'?: (boolean);
  '_actor'?: "actor";
}

export interface AssignHostsRequest__Output {
  'assignments': (_minimon_v1_Assignment__Output)[];
  'actor'?: (string);
  'new': (boolean);
  'dry_run': (boolean);
}
