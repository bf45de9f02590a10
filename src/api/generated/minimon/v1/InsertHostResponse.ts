// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface InsertHostResponse {
  'id'?: (number | string | Long);
}

export interface InsertHostResponse__Output {
  'id': (number);
}
