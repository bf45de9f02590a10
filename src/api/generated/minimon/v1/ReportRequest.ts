// Original file: minimon/v1/report.proto

import type { Tick as _minimon_v1_Tick, Tick__Output as _minimon_v1_Tick__Output } from '../../minimon/v1/Tick.ts';

export interface ReportRequest {
  'backfill'?: (boolean);
  'ticks'?: (_minimon_v1_Tick)[];
}

export interface ReportRequest__Output {
  'backfill': (boolean);
  'ticks': (_minimon_v1_Tick__Output)[];
}
