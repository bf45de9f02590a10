// Original file: minimon/v1/manage.proto


export interface RenameRuleRequest {
  'name'?: (string);
  'new_name'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface RenameRuleRequest__Output {
  'name': (string);
  'new_name': (string);
  'actor'?: (string);
}
