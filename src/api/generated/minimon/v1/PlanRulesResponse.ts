// Original file: minimon/v1/manage.proto

import type { RuleChange as _minimon_v1_RuleChange, RuleChange__Output as _minimon_v1_RuleChange__Output } from '../../minimon/v1/RuleChange.ts';
import type { RuleFault as _minimon_v1_RuleFault, RuleFault__Output as _minimon_v1_RuleFault__Output } from '../../minimon/v1/RuleFault.ts';

export interface PlanRulesResponse {
  'changes'?: (_minimon_v1_RuleChange)[];
  'unchanged'?: (number);
  'notes'?: (string)[];
  'faults'?: (_minimon_v1_RuleFault)[];
}

export interface PlanRulesResponse__Output {
  'changes': (_minimon_v1_RuleChange__Output)[];
  'unchanged': (number);
  'notes': (string)[];
  'faults': (_minimon_v1_RuleFault__Output)[];
}
