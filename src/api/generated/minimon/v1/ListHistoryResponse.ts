// Original file: minimon/v1/warn.proto

import type { HistoryEntry as _minimon_v1_HistoryEntry, HistoryEntry__Output as _minimon_v1_HistoryEntry__Output } from '../../minimon/v1/HistoryEntry.ts';

export interface ListHistoryResponse {
  'entries'?: (_minimon_v1_HistoryEntry)[];
  'next_cursor'?: (string);
  '_next_cursor'?: "next_cursor";
}

export interface ListHistoryResponse__Output {
  'entries': (_minimon_v1_HistoryEntry__Output)[];
  'next_cursor'?: (string);
}
