// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface Token {
  'name'?: (string);
  'id'?: (string);
  'scopes'?: (string)[];
  'created_by'?: (string);
  'created_ms'?: (number | string | Long);
  'ends_ms'?: (number | string | Long);
  'revoked_ms'?: (number | string | Long);
  'used_ms'?: (number | string | Long);
  '_ends_ms'?: "ends_ms";
  '_revoked_ms'?: "revoked_ms";
  '_used_ms'?: "used_ms";
}

export interface Token__Output {
  'name': (string);
  'id': (string);
  'scopes': (string)[];
  'created_by': (string);
  'created_ms': (number);
  'ends_ms'?: (number);
  'revoked_ms'?: (number);
  'used_ms'?: (number);
}
