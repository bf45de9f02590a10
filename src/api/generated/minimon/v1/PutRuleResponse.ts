// Original file: minimon/v1/manage.proto

import type { Rule as _minimon_v1_Rule, Rule__Output as _minimon_v1_Rule__Output } from '../../minimon/v1/Rule.ts';

export interface PutRuleResponse {
  'rule'?: (_minimon_v1_Rule | null);
  'notes'?: (string)[];
}

export interface PutRuleResponse__Output {
  'rule': (_minimon_v1_Rule__Output | null);
  'notes': (string)[];
}
