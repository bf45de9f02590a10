// Original file: minimon/v1/manage.proto

import type { KnownToken as _minimon_v1_KnownToken, KnownToken__Output as _minimon_v1_KnownToken__Output } from '../../minimon/v1/KnownToken.ts';

export interface SyncTokensResponse {
  'version'?: (number);
  'changed'?: (boolean);
  'tokens'?: (_minimon_v1_KnownToken)[];
}

export interface SyncTokensResponse__Output {
  'version': (number);
  'changed': (boolean);
  'tokens': (_minimon_v1_KnownToken__Output)[];
}
