// Original file: minimon/v1/manage.proto


export interface RemoveLocationRequest {
  'location'?: (string);
  'force'?: (boolean);
  'actor'?: (string);
  'dry_run'?: (boolean);
  '_actor'?: "actor";
}

export interface RemoveLocationRequest__Output {
  'location': (string);
  'force': (boolean);
  'actor'?: (string);
  'dry_run': (boolean);
}
