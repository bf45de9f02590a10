// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface ReceiverSetup {
  'name'?: (string);
  'kind'?: (string);
  'matchers'?: (string)[];
  'is_default'?: (boolean);
  'time_zone'?: (string);
  'created_ms'?: (number | string | Long);
  'updated_ms'?: (number | string | Long);
  'options'?: (string);
  'active_times'?: (string)[];
}

export interface ReceiverSetup__Output {
  'name': (string);
  'kind': (string);
  'matchers': (string)[];
  'is_default': (boolean);
  'time_zone': (string);
  'created_ms': (number);
  'updated_ms': (number);
  'options': (string);
  'active_times': (string)[];
}
