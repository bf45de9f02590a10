// Original file: minimon/v1/manage.proto


export interface RevokeTokenRequest {
  'name'?: (string);
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface RevokeTokenRequest__Output {
  'name': (string);
  'actor'?: (string);
}
