// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface InventoryHost {
  'id'?: (number | string | Long);
  'host_id'?: (string);
  'location'?: (string);
  'created_ms'?: (number | string | Long);
  'updated_ms'?: (number | string | Long);
  '_location'?: "location";
}

export interface InventoryHost__Output {
  'id': (number);
  'host_id': (string);
  'location'?: (string);
  'created_ms': (number);
  'updated_ms': (number);
}
