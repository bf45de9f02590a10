// Original file: minimon/v1/manage.proto


export interface ExpireSilenceRequest {
  'id'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface ExpireSilenceRequest__Output {
  'id': (string);
  'actor'?: (string);
}
