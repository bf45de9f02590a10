// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface Receiver {
  'name'?: (string);
  'kind'?: (string);
  'matchers'?: (string)[];
  'is_default'?: (boolean);
  'time_zone'?: (string);
  'created_ms'?: (number | string | Long);
  'updated_ms'?: (number | string | Long);
  'address'?: (string);
  'active_times'?: (string)[];
}

export interface Receiver__Output {
  'name': (string);
  'kind': (string);
  'matchers': (string)[];
  'is_default': (boolean);
  'time_zone': (string);
  'created_ms': (number);
  'updated_ms': (number);
  'address': (string);
  'active_times': (string)[];
}
