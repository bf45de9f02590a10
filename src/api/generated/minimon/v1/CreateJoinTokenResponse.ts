// Original file: minimon/v1/manage.proto

import type { Token as _minimon_v1_Token, Token__Output as _minimon_v1_Token__Output } from '../../minimon/v1/Token.ts';

export interface CreateJoinTokenResponse {
  'token'?: (string);
  'info'?: (_minimon_v1_Token | null);
}

export interface CreateJoinTokenResponse__Output {
  'token': (string);
  'info': (_minimon_v1_Token__Output | null);
}
