// Original file: minimon/v1/manage.proto

import type { AuditEntry as _minimon_v1_AuditEntry, AuditEntry__Output as _minimon_v1_AuditEntry__Output } from '../../minimon/v1/AuditEntry.ts';
import type { Long } from '@grpc/proto-loader';

export interface AuditedChange {
  'id'?: (number | string | Long);
  'time_ms'?: (number | string | Long);
  'actor'?: (string);
  'address'?: (string);
  'undoes'?: (number | string | Long);
  'entries'?: (_minimon_v1_AuditEntry)[];
  '_address'?: "address";
  '_undoes'?: "undoes";
}

export interface AuditedChange__Output {
  'id': (number);
  'time_ms': (number);
  'actor': (string);
  'address'?: (string);
  'undoes'?: (number);
  'entries': (_minimon_v1_AuditEntry__Output)[];
}
