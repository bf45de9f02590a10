// Original file: minimon/v1/manage.proto


export interface GetHostRequest {
  'host_id'?: (string);
}

export interface GetHostRequest__Output {
  'host_id': (string);
}
