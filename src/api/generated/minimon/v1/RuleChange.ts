// Original file: minimon/v1/manage.proto

import type { RuleAction as _minimon_v1_RuleAction, RuleAction__Output as _minimon_v1_RuleAction__Output } from '../../minimon/v1/RuleAction.ts';
import type { RuleFieldChange as _minimon_v1_RuleFieldChange, RuleFieldChange__Output as _minimon_v1_RuleFieldChange__Output } from '../../minimon/v1/RuleFieldChange.ts';

export interface RuleChange {
  'name'?: (string);
  'action'?: (_minimon_v1_RuleAction);
  'source'?: (string);
  'fields'?: (_minimon_v1_RuleFieldChange)[];
}

export interface RuleChange__Output {
  'name': (string);
  'action': (_minimon_v1_RuleAction__Output);
  'source': (string);
  'fields': (_minimon_v1_RuleFieldChange__Output)[];
}
