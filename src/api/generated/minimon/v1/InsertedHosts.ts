// Original file: minimon/v1/manage.proto


export interface InsertedHosts {
  'num'?: (number);
}

export interface InsertedHosts__Output {
  'num': (number);
}
