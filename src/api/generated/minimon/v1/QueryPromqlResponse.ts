// Original file: minimon/v1/analyze.proto

import type { PromqlSeries as _minimon_v1_PromqlSeries, PromqlSeries__Output as _minimon_v1_PromqlSeries__Output } from '../../minimon/v1/PromqlSeries.ts';

export interface QueryPromqlResponse {
  'series'?: (_minimon_v1_PromqlSeries)[];
  'warnings'?: (string)[];
}

export interface QueryPromqlResponse__Output {
  'series': (_minimon_v1_PromqlSeries__Output)[];
  'warnings': (string)[];
}
