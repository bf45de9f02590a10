// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface KnownToken {
  'id'?: (string);
  'name'?: (string);
  'hash'?: (string);
  'scopes'?: (string)[];
  'ends_ms'?: (number | string | Long);
  '_ends_ms'?: "ends_ms";
}

export interface KnownToken__Output {
  'id': (string);
  'name': (string);
  'hash': (string);
  'scopes': (string)[];
  'ends_ms'?: (number);
}
