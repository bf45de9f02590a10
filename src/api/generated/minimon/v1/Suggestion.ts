// Original file: minimon/v1/manage.proto


export interface Suggestion {
  'location'?: (string);
  'why'?: (string);
}

export interface Suggestion__Output {
  'location': (string);
  'why': (string);
}
