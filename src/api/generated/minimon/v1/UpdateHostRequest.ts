// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface UpdateHostRequest {
  'id'?: (number | string | Long);
  'host_id'?: (string);
  'location'?: (string);
  'actor'?: (string);
  '_id'?: "id";
  '_host_id'?: "host_id";
  '_actor'?: "actor";
}

export interface UpdateHostRequest__Output {
  'id'?: (number);
  'host_id'?: (string);
  'location': (string);
  'actor'?: (string);
}
