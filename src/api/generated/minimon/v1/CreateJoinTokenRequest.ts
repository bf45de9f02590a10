// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface CreateJoinTokenRequest {
  'name'?: (string);
  'hosts'?: (number);
  'ends_ms'?: (number | string | Long);
  'location'?: (string);
  'actor'?: (string);
  '_location'?: "location";
  '_actor'?: "actor";
}

export interface CreateJoinTokenRequest__Output {
  'name': (string);
  'hosts': (number);
  'ends_ms': (number);
  'location'?: (string);
  'actor'?: (string);
}
