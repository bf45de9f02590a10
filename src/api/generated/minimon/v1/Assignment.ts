// Original file: minimon/v1/manage.proto


export interface Assignment {
  'host_id'?: (string);
  'location'?: (string);
}

export interface Assignment__Output {
  'host_id': (string);
  'location': (string);
}
