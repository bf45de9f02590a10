// Original file: minimon/v1/analyze.proto


export interface MetricLocation {
  'location'?: (string);
  'hosts'?: (number);
  '_location'?: "location";
}

export interface MetricLocation__Output {
  'location'?: (string);
  'hosts': (number);
}
