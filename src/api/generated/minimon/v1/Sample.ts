// Original file: minimon/v1/report.proto


export interface Sample {
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'value'?: (number | string);
}

export interface Sample__Output {
  'metric': (string);
  'labels': ({[key: string]: string});
  'value': (number);
}
