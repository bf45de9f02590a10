// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface Series {
  'host_id'?: (string);
  'metric'?: (string);
  'labels'?: ({[key: string]: string});
  'times_ms'?: (number | string | Long)[];
  'values'?: (number | string)[];
}

export interface Series__Output {
  'host_id': (string);
  'metric': (string);
  'labels': ({[key: string]: string});
  'times_ms': (number)[];
  'values': (number)[];
}
