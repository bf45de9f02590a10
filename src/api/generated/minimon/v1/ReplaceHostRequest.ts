// Original file: minimon/v1/manage.proto


export interface ReplaceHostRequest {
  'host_id'?: (string);
  'actor'?: (string);
  'machine'?: (string);
  '_actor'?: "actor";
  '_machine'?: "machine";
}

export interface ReplaceHostRequest__Output {
  'host_id': (string);
  'actor'?: (string);
  'machine'?: (string);
}
