// Original file: minimon/v1/warn.proto

import type { TestResult as _minimon_v1_TestResult, TestResult__Output as _minimon_v1_TestResult__Output } from '../../minimon/v1/TestResult.ts';

export interface TestReceiverResponse {
  'receiver'?: (string);
  'kind'?: (string);
  'address'?: (string);
  'results'?: (_minimon_v1_TestResult)[];
}

export interface TestReceiverResponse__Output {
  'receiver': (string);
  'kind': (string);
  'address': (string);
  'results': (_minimon_v1_TestResult__Output)[];
}
