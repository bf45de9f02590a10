// Original file: minimon/v1/manage.proto

export const RuleAction = {
  RULE_ACTION_UNSPECIFIED: 'RULE_ACTION_UNSPECIFIED',
  RULE_ACTION_ADD: 'RULE_ACTION_ADD',
  RULE_ACTION_CHANGE: 'RULE_ACTION_CHANGE',
  RULE_ACTION_REMOVE: 'RULE_ACTION_REMOVE',
  RULE_ACTION_RESET: 'RULE_ACTION_RESET',
} as const;

export type RuleAction =
  | 'RULE_ACTION_UNSPECIFIED'
  | 0
  | 'RULE_ACTION_ADD'
  | 1
  | 'RULE_ACTION_CHANGE'
  | 2
  | 'RULE_ACTION_REMOVE'
  | 3
  | 'RULE_ACTION_RESET'
  | 4

export type RuleAction__Output = typeof RuleAction[keyof typeof RuleAction]
