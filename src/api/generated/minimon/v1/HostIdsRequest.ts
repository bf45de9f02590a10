// Original file: minimon/v1/manage.proto


export interface HostIdsRequest {
  'host_ids'?: (string)[];
  'actor'?: (string);
  'dry_run'?: (boolean);
  '_actor'?: "actor";
}

export interface HostIdsRequest__Output {
  'host_ids': (string)[];
  'actor'?: (string);
  'dry_run': (boolean);
}
