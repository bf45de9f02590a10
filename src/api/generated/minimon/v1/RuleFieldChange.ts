// Original file: minimon/v1/manage.proto


export interface RuleFieldChange {
  'name'?: (string);
  'from'?: (string);
  'to'?: (string);
  '_from'?: "from";
  '_to'?: "to";
}

export interface RuleFieldChange__Output {
  'name': (string);
  'from'?: (string);
  'to'?: (string);
}
