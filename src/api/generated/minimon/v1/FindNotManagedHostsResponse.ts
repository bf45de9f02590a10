// Original file: minimon/v1/manage.proto


export interface FindNotManagedHostsResponse {
  'CODE'?: (number);
  'MSG'?: (string);
  'DATA'?: (string)[];
}

export interface FindNotManagedHostsResponse__Output {
  'CODE': (number);
  'MSG': (string);
  'DATA': (string)[];
}
