// Original file: minimon/v1/manage.proto


export interface ReplaceHostRequest {
  'host_id'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface ReplaceHostRequest__Output {
  'host_id': (string);
  'actor'?: (string);
}
