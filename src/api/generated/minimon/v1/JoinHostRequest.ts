// Original file: minimon/v1/manage.proto


export interface JoinHostRequest {
  'host_id'?: (string);
  'machine_id'?: (string);
  'id'?: (string);
  'hash'?: (string);
}

export interface JoinHostRequest__Output {
  'host_id': (string);
  'machine_id': (string);
  'id': (string);
  'hash': (string);
}
