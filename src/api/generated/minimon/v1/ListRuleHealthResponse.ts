// Original file: minimon/v1/warn.proto

import type { RuleHealth as _minimon_v1_RuleHealth, RuleHealth__Output as _minimon_v1_RuleHealth__Output } from '../../minimon/v1/RuleHealth.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListRuleHealthResponse {
  'now_ms'?: (number | string | Long);
  'evaluated_ms'?: (number | string | Long);
  'rules'?: (_minimon_v1_RuleHealth)[];
  'warnings'?: (string)[];
  '_evaluated_ms'?: "evaluated_ms";
}

export interface ListRuleHealthResponse__Output {
  'now_ms': (number);
  'evaluated_ms'?: (number);
  'rules': (_minimon_v1_RuleHealth__Output)[];
  'warnings': (string)[];
}
