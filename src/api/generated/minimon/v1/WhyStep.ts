// Original file: minimon/v1/warn.proto

import type { WhyTopic as _minimon_v1_WhyTopic, WhyTopic__Output as _minimon_v1_WhyTopic__Output } from '../../minimon/v1/WhyTopic.ts';
import type { WhyVerdict as _minimon_v1_WhyVerdict, WhyVerdict__Output as _minimon_v1_WhyVerdict__Output } from '../../minimon/v1/WhyVerdict.ts';
import type { Long } from '@grpc/proto-loader';

export interface WhyStep {
  'topic'?: (_minimon_v1_WhyTopic);
  'verdict'?: (_minimon_v1_WhyVerdict);
  'text'?: (string);
  'at_ms'?: (number | string | Long);
  'subject'?: (string);
  '_at_ms'?: "at_ms";
  '_subject'?: "subject";
}

export interface WhyStep__Output {
  'topic': (_minimon_v1_WhyTopic__Output);
  'verdict': (_minimon_v1_WhyVerdict__Output);
  'text': (string);
  'at_ms'?: (number);
  'subject'?: (string);
}
