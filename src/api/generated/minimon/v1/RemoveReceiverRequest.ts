// Original file: minimon/v1/manage.proto


export interface RemoveReceiverRequest {
  'name'?: (string);
  'force'?: (boolean);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface RemoveReceiverRequest__Output {
  'name': (string);
  'force': (boolean);
  'actor'?: (string);
}
