// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface RenewCredentialResponse {
  'ends_ms'?: (number | string | Long);
  'renew_ms'?: (number | string | Long);
}

export interface RenewCredentialResponse__Output {
  'ends_ms': (number);
  'renew_ms': (number);
}
