// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateTokenRequest {
  'name'?: (string);
  'scopes'?: (string)[];
  'ends_ms'?: (number | string | Long);
  'actor'?: (string);
  '_ends_ms'?: "ends_ms";
  '_actor'?: "actor";
}

export interface CreateTokenRequest__Output {
  'name': (string);
  'scopes': (string)[];
  'ends_ms'?: (number);
  'actor'?: (string);
}
