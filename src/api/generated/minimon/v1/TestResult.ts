// Original file: minimon/v1/warn.proto

import type { Outcome as _minimon_v1_Outcome, Outcome__Output as _minimon_v1_Outcome__Output } from '../../minimon/v1/Outcome.ts';

export interface TestResult {
  'recipient'?: (string);
  'outcome'?: (_minimon_v1_Outcome);
  'text'?: (string);
  '_text'?: "text";
}

export interface TestResult__Output {
  'recipient': (string);
  'outcome': (_minimon_v1_Outcome__Output);
  'text'?: (string);
}
