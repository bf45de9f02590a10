// Original file: minimon/v1/manage.proto

import type { AuditedChange as _minimon_v1_AuditedChange, AuditedChange__Output as _minimon_v1_AuditedChange__Output } from '../../minimon/v1/AuditedChange.ts';

export interface ListAuditResponse {
  'changes'?: (_minimon_v1_AuditedChange)[];
  'next_cursor'?: (string);
  '_next_cursor'?: "next_cursor";
}

export interface ListAuditResponse__Output {
  'changes': (_minimon_v1_AuditedChange__Output)[];
  'next_cursor'?: (string);
}
