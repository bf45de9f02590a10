// Original file: minimon/v1/manage.proto


export interface RemoveRuleRequest {
  'name'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface RemoveRuleRequest__Output {
  'name': (string);
  'actor'?: (string);
}
