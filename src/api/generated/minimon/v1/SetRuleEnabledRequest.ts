// Original file: minimon/v1/manage.proto


export interface SetRuleEnabledRequest {
  'name'?: (string);
  'enabled'?: (boolean);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface SetRuleEnabledRequest__Output {
  'name': (string);
  'enabled': (boolean);
  'actor'?: (string);
}
