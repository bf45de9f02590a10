// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface SeedHost {
  'ID'?: (number | string | Long);
  'CreatedAt'?: (string);
  'UpdatedAt'?: (string);
  'DeletedAt'?: (string);
  'HostID'?: (string);
  'Location'?: (string);
  '_DeletedAt'?: "DeletedAt";
}

export interface SeedHost__Output {
  'ID': (number);
  'CreatedAt': (string);
  'UpdatedAt': (string);
  'DeletedAt'?: (string);
  'HostID': (string);
  'Location': (string);
}
