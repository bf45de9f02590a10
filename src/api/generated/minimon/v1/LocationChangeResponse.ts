// Original file: minimon/v1/manage.proto


export interface LocationChangeResponse {
  'host_ids'?: (string)[];
  'notes'?: (string)[];
}

export interface LocationChangeResponse__Output {
  'host_ids': (string)[];
  'notes': (string)[];
}
