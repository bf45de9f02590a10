// Original file: minimon/v1/warn.proto


export interface RuleHealth {
  'name'?: (string);
  'firing'?: (number);
  'pending'?: (number);
  'matches'?: (number);
  'error'?: (string);
  '_matches'?: "matches";
  '_error'?: "error";
}

export interface RuleHealth__Output {
  'name': (string);
  'firing': (number);
  'pending': (number);
  'matches'?: (number);
  'error'?: (string);
}
