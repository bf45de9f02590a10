// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface RenameRuleRequest {
  'name'?: (string);
  'new_name'?: (string);
  'actor'?: (string);
  'if_updated_ms'?: (number | string | Long);
  '_actor'?: "actor";
  '_if_updated_ms'?: "if_updated_ms";
}

export interface RenameRuleRequest__Output {
  'name': (string);
  'new_name': (string);
  'actor'?: (string);
  'if_updated_ms'?: (number);
}
