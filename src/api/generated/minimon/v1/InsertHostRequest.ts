// Original file: minimon/v1/manage.proto


export interface InsertHostRequest {
  'host_id'?: (string);
  'location'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface InsertHostRequest__Output {
  'host_id': (string);
  'location': (string);
  'actor'?: (string);
}
