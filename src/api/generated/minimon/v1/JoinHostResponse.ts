// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface JoinHostResponse {
  'ends_ms'?: (number | string | Long);
  'renew_ms'?: (number | string | Long);
  'location'?: (string);
  '_location'?: "location";
}

export interface JoinHostResponse__Output {
  'ends_ms': (number);
  'renew_ms': (number);
  'location'?: (string);
}
