// Original file: minimon/v1/warn.proto

import type { WhyStep as _minimon_v1_WhyStep, WhyStep__Output as _minimon_v1_WhyStep__Output } from '../../minimon/v1/WhyStep.ts';
import type { Long } from '@grpc/proto-loader';

export interface ExplainResponse {
  'now_ms'?: (number | string | Long);
  'summary'?: (string);
  'steps'?: (_minimon_v1_WhyStep)[];
  'warnings'?: (string)[];
}

export interface ExplainResponse__Output {
  'now_ms': (number);
  'summary': (string);
  'steps': (_minimon_v1_WhyStep__Output)[];
  'warnings': (string)[];
}
