// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface RenameRuleResponse {
  'updated_ms'?: (number | string | Long);
  'notes'?: (string)[];
}

export interface RenameRuleResponse__Output {
  'updated_ms': (number);
  'notes': (string)[];
}
