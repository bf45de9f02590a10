// Original file: minimon/v1/report.proto

import type { Tick as _minimon_v1_Tick, Tick__Output as _minimon_v1_Tick__Output } from '../../minimon/v1/Tick.ts';
import type { Refusal as _minimon_v1_Refusal, Refusal__Output as _minimon_v1_Refusal__Output } from '../../minimon/v1/Refusal.ts';
import type { Heartbeat as _minimon_v1_Heartbeat, Heartbeat__Output as _minimon_v1_Heartbeat__Output } from '../../minimon/v1/Heartbeat.ts';

export interface TickBatch {
  'ticks'?: (_minimon_v1_Tick)[];
  'refusals'?: (_minimon_v1_Refusal)[];
  'heartbeat'?: (_minimon_v1_Heartbeat | null);
  'backfill'?: (boolean);
}

export interface TickBatch__Output {
  'ticks': (_minimon_v1_Tick__Output)[];
  'refusals': (_minimon_v1_Refusal__Output)[];
  'heartbeat': (_minimon_v1_Heartbeat__Output | null);
  'backfill': (boolean);
}
