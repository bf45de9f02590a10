// Original file: minimon/v1/manage.proto

import type { SourceRule as _minimon_v1_SourceRule, SourceRule__Output as _minimon_v1_SourceRule__Output } from '../../minimon/v1/SourceRule.ts';

export interface RuleChangesRequest {
  'rules'?: (_minimon_v1_SourceRule)[];
  'sources'?: (string)[];
  'prune'?: (boolean);
  'adopt'?: (boolean);
  'force'?: (boolean);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface RuleChangesRequest__Output {
  'rules': (_minimon_v1_SourceRule__Output)[];
  'sources': (string)[];
  'prune': (boolean);
  'adopt': (boolean);
  'force': (boolean);
  'actor'?: (string);
}
