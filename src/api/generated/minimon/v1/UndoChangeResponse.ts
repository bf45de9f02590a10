// Original file: minimon/v1/manage.proto

import type { AuditedChange as _minimon_v1_AuditedChange, AuditedChange__Output as _minimon_v1_AuditedChange__Output } from '../../minimon/v1/AuditedChange.ts';
import type { HostChange as _minimon_v1_HostChange, HostChange__Output as _minimon_v1_HostChange__Output } from '../../minimon/v1/HostChange.ts';

export interface UndoChangeResponse {
  'change'?: (_minimon_v1_AuditedChange | null);
  'hosts'?: (_minimon_v1_HostChange)[];
}

export interface UndoChangeResponse__Output {
  'change': (_minimon_v1_AuditedChange__Output | null);
  'hosts': (_minimon_v1_HostChange__Output)[];
}
