// Original file: minimon/v1/report.proto

import type { Refusal as _minimon_v1_Refusal, Refusal__Output as _minimon_v1_Refusal__Output } from '../../minimon/v1/Refusal.ts';
import type { Long } from '@grpc/proto-loader';

export interface ReportResponse {
  'accepted_samples'?: (number);
  'refused_samples'?: (number);
  'refusals'?: (_minimon_v1_Refusal)[];
  'received_ms'?: (number | string | Long);
  'sent_ms'?: (number | string | Long);
}

export interface ReportResponse__Output {
  'accepted_samples': (number);
  'refused_samples': (number);
  'refusals': (_minimon_v1_Refusal__Output)[];
  'received_ms': (number);
  'sent_ms': (number);
}
