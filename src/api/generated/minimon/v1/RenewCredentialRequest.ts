// Original file: minimon/v1/manage.proto


export interface RenewCredentialRequest {
  'host_id'?: (string);
  'machine_id'?: (string);
  'id'?: (string);
  'hash'?: (string);
}

export interface RenewCredentialRequest__Output {
  'host_id': (string);
  'machine_id': (string);
  'id': (string);
  'hash': (string);
}
