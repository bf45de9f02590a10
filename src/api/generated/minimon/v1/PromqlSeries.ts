// Original file: minimon/v1/analyze.proto

import type { Long } from '@grpc/proto-loader';

export interface PromqlSeries {
  'labels'?: ({[key: string]: string});
  'times_ms'?: (number | string | Long)[];
  'values'?: (string)[];
}

export interface PromqlSeries__Output {
  'labels': ({[key: string]: string});
  'times_ms': (number)[];
  'values': (string)[];
}
