// Original file: minimon/v1/manage.proto

import type { Token as _minimon_v1_Token, Token__Output as _minimon_v1_Token__Output } from '../../minimon/v1/Token.ts';

export interface RevokeTokenResponse {
  'token'?: (_minimon_v1_Token | null);
}

export interface RevokeTokenResponse__Output {
  'token': (_minimon_v1_Token__Output | null);
}
