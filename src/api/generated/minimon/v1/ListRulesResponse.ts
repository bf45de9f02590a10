// Original file: minimon/v1/manage.proto

import type { Rule as _minimon_v1_Rule, Rule__Output as _minimon_v1_Rule__Output } from '../../minimon/v1/Rule.ts';

export interface ListRulesResponse {
  'rules'?: (_minimon_v1_Rule)[];
}

export interface ListRulesResponse__Output {
  'rules': (_minimon_v1_Rule__Output)[];
}
