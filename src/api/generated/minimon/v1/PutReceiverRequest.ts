// Original file: minimon/v1/manage.proto


export interface PutReceiverRequest {
  'name'?: (string);
  'kind'?: (string);
  'options'?: (string);
  'matchers'?: (string)[];
  'is_default'?: (boolean);
  'time_zone'?: (string);
  'replace'?: (boolean);
  'actor'?: (string);
  'active_times'?: (string)[];
  '_options'?: "options";
  '_is_default'?: "is_default";
  '_time_zone'?: "time_zone";
  '_actor'?: "actor";
}

export interface PutReceiverRequest__Output {
  'name': (string);
  'kind': (string);
  'options'?: (string);
  'matchers': (string)[];
  'is_default'?: (boolean);
  'time_zone'?: (string);
  'replace': (boolean);
  'actor'?: (string);
  'active_times': (string)[];
}
