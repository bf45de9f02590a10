// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface TokenUse {
  'id'?: (string);
  'used_ms'?: (number | string | Long);
}

export interface TokenUse__Output {
  'id': (string);
  'used_ms': (number);
}
