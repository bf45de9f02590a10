// Original file: minimon/v1/manage.proto


export interface HostIdsResponse {
  'host_ids'?: (string)[];
}

export interface HostIdsResponse__Output {
  'host_ids': (string)[];
}
