// Original file: minimon/v1/manage.proto

import type { Token as _minimon_v1_Token, Token__Output as _minimon_v1_Token__Output } from '../../minimon/v1/Token.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListTokensResponse {
  'now_ms'?: (number | string | Long);
  'tokens'?: (_minimon_v1_Token)[];
  'credentials'?: (number);
}

export interface ListTokensResponse__Output {
  'now_ms': (number);
  'tokens': (_minimon_v1_Token__Output)[];
  'credentials': (number);
}
