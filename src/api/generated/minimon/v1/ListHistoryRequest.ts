// Original file: minimon/v1/warn.proto

import type { Long } from '@grpc/proto-loader';

export interface ListHistoryRequest {
  'rule'?: (string);
  'host'?: (string);
  'location'?: (string);
  'since_ms'?: (number | string | Long);
  'until_ms'?: (number | string | Long);
  'limit'?: (number);
  'cursor'?: (string);
  '_rule'?: "rule";
  '_host'?: "host";
  '_location'?: "location";
  '_since_ms'?: "since_ms";
  '_until_ms'?: "until_ms";
  '_limit'?: "limit";
  '_cursor'?: "cursor";
}

export interface ListHistoryRequest__Output {
  'rule'?: (string);
  'host'?: (string);
  'location'?: (string);
  'since_ms'?: (number);
  'until_ms'?: (number);
  'limit'?: (number);
  'cursor'?: (string);
}
