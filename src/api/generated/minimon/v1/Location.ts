// Original file: minimon/v1/manage.proto


export interface Location {
  'location'?: (string);
  'hosts'?: (number);
  'states'?: ({[key: string]: number});
}

export interface Location__Output {
  'location': (string);
  'hosts': (number);
  'states': ({[key: string]: number});
}
