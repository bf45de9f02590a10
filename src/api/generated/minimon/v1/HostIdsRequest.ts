// Original file: minimon/v1/manage.proto


export interface HostIdsRequest {
  'host_ids'?: (string)[];
  'actor'?: (string);
  '_actor'?: "actor";
}

export interface HostIdsRequest__Output {
  'host_ids': (string)[];
  'actor'?: (string);
}
