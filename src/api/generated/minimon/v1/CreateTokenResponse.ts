// Original file: minimon/v1/manage.proto

import type { Token as _minimon_v1_Token, Token__Output as _minimon_v1_Token__Output } from '../../minimon/v1/Token.ts';

export interface CreateTokenResponse {
  'token'?: (string);
  'info'?: (_minimon_v1_Token | null);
}

export interface CreateTokenResponse__Output {
  'token': (string);
  'info': (_minimon_v1_Token__Output | null);
}
