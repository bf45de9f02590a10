// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface ListUnmanagedRequest {
  'since_ms'?: (number | string | Long);
  '_since_ms'?: "since_ms";
}

export interface ListUnmanagedRequest__Output {
  'since_ms'?: (number);
}
