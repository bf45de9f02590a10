// Original file: minimon/v1/manage.proto


export interface PreviewMatchersResponse {
  'matchers'?: (string)[];
  'hosts'?: (number);
  'of_hosts'?: (number);
  'host_ids'?: (string)[];
  'notes'?: (string)[];
}

export interface PreviewMatchersResponse__Output {
  'matchers': (string)[];
  'hosts': (number);
  'of_hosts': (number);
  'host_ids': (string)[];
  'notes': (string)[];
}
