// Original file: minimon/v1/manage.proto

import type { Long } from '@grpc/proto-loader';

export interface PutSilenceRequest {
  'id'?: (string);
  'matchers'?: (string)[];
  'reason'?: (string);
  'author'?: (string);
  'starts_ms'?: (number | string | Long);
  'ends_ms'?: (number | string | Long);
  'for_ms'?: (number | string | Long);
  'actor'?: (string);
  '_id'?: "id";
  '_reason'?: "reason";
  '_author'?: "author";
  '_starts_ms'?: "starts_ms";
  '_ends_ms'?: "ends_ms";
  '_for_ms'?: "for_ms";
  '_actor'?: "actor";
}

export interface PutSilenceRequest__Output {
  'id'?: (string);
  'matchers': (string)[];
  'reason'?: (string);
  'author'?: (string);
  'starts_ms'?: (number);
  'ends_ms'?: (number);
  'for_ms'?: (number);
  'actor'?: (string);
}
