// Original file: minimon/v1/manage.proto


export interface InsertAHostRequest {
  'HostID'?: (string);
  'Location'?: (string);
}

export interface InsertAHostRequest__Output {
  'HostID': (string);
  'Location': (string);
}
