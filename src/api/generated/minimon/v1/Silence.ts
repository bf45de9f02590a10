// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface Silence {
  'id'?: (string);
  'matchers'?: (string)[];
  'reason'?: (string);
  'author'?: (string);
  'starts_ms'?: (number | string | Long);
  'ends_ms'?: (number | string | Long);
  'created_ms'?: (number | string | Long);
}

export interface Silence__Output {
  'id': (string);
  'matchers': (string)[];
  'reason': (string);
  'author': (string);
  'starts_ms': (number);
  'ends_ms': (number);
  'created_ms': (number);
}
