// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface ListAuditRequest {
  'host'?: (string);
  'location'?: (string);
  'actor'?: (string);
  'since_ms'?: (number | string | Long);
  'limit'?: (number);
  'cursor'?: (string);
  '_host'?: "host";
  '_location'?: "location";
  '_actor'?: "actor";
  '_since_ms'?: "since_ms";
  '_limit'?: "limit";
  '_cursor'?: "cursor";
}

export interface ListAuditRequest__Output {
  'host'?: (string);
  'location'?: (string);
  'actor'?: (string);
  'since_ms'?: (number);
  'limit'?: (number);
  'cursor'?: (string);
}
