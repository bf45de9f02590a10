// Original file: minimon/v1/manage.proto


export interface RenameLocationRequest {
  'location'?: (string);
  'new_name'?: (string);
  'actor'?: (string);
  'dry_run'?: (boolean);
  '_actor'?: "actor";
}

export interface RenameLocationRequest__Output {
  'location': (string);
  'new_name': (string);
  'actor'?: (string);
  'dry_run': (boolean);
}
