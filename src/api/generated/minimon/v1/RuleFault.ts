// Original file: minimon/v1/manage.proto


export interface RuleFault {
  'rule'?: (number);
  'field'?: (string);
  'message'?: (string);
  'hint'?: (string);
  'offset'?: (number);
  'code'?: (string);
  '_hint'?: "hint";
  '_offset'?: "offset";
}

export interface RuleFault__Output {
  'rule': (number);
  'field': (string);
  'message': (string);
  'hint'?: (string);
  'offset'?: (number);
  'code': (string);
}
