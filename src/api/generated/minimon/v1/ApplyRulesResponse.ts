// Original file: minimon/v1/manage.proto

import type { RuleChange as _minimon_v1_RuleChange, RuleChange__Output as _minimon_v1_RuleChange__Output } from '../../minimon/v1/RuleChange.ts';

export interface ApplyRulesResponse {
  'changes'?: (_minimon_v1_RuleChange)[];
  'unchanged'?: (number);
  'notes'?: (string)[];
}

export interface ApplyRulesResponse__Output {
  'changes': (_minimon_v1_RuleChange__Output)[];
  'unchanged': (number);
  'notes': (string)[];
}
