// Original file: minimon/v1/manage.proto

import type { TokenUse as _minimon_v1_TokenUse, TokenUse__Output as _minimon_v1_TokenUse__Output } from '../../minimon/v1/TokenUse.ts';

export interface SyncTokensRequest {
  'version'?: (number);
  'used'?: (_minimon_v1_TokenUse)[];
  '_version'?: "version";
}

export interface SyncTokensRequest__Output {
  'version'?: (number);
  'used': (_minimon_v1_TokenUse__Output)[];
}
