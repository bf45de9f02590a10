// Original file: minimon/v1/warn.proto

import type { HistoryKind as _minimon_v1_HistoryKind, HistoryKind__Output as _minimon_v1_HistoryKind__Output } from '../../minimon/v1/HistoryKind.ts';
import type { HistorySubject as _minimon_v1_HistorySubject, HistorySubject__Output as _minimon_v1_HistorySubject__Output } from '../../minimon/v1/HistorySubject.ts';
import type { AlertSeverity as _minimon_v1_AlertSeverity, AlertSeverity__Output as _minimon_v1_AlertSeverity__Output } from '../../minimon/v1/AlertSeverity.ts';
import type { HistoryMessage as _minimon_v1_HistoryMessage, HistoryMessage__Output as _minimon_v1_HistoryMessage__Output } from '../../minimon/v1/HistoryMessage.ts';
import type { Long } from '@grpc/proto-loader';

export interface HistoryEntry {
  'at_ms'?: (number | string | Long);
  'kind'?: (_minimon_v1_HistoryKind);
  'location'?: (string);
  'subjects'?: (_minimon_v1_HistorySubject)[];
  'count'?: (number);
  'severity'?: (_minimon_v1_AlertSeverity);
  'previous_severity'?: (_minimon_v1_AlertSeverity);
  'value'?: (number | string);
  'since_ms'?: (number | string | Long);
  'reason'?: (string);
  'by'?: (string);
  'silence'?: (string);
  'message'?: (_minimon_v1_HistoryMessage | null);
  'text'?: (string);
  'expression'?: (string);
  '_location'?: "location";
  '_severity'?: "severity";
  '_previous_severity'?: "previous_severity";
  '_value'?: "value";
  '_since_ms'?: "since_ms";
  '_reason'?: "reason";
  '_by'?: "by";
  '_silence'?: "silence";
  '_message'?: "message";
  '_text'?: "text";
  '_expression'?: "expression";
}

export interface HistoryEntry__Output {
  'at_ms': (number);
  'kind': (_minimon_v1_HistoryKind__Output);
  'location'?: (string);
  'subjects': (_minimon_v1_HistorySubject__Output)[];
  'count': (number);
  'severity'?: (_minimon_v1_AlertSeverity__Output);
  'previous_severity'?: (_minimon_v1_AlertSeverity__Output);
  'value'?: (number);
  'since_ms'?: (number);
  'reason'?: (string);
  'by'?: (string);
  'silence'?: (string);
  'message'?: (_minimon_v1_HistoryMessage__Output | null);
  'text'?: (string);
  'expression'?: (string);
}
