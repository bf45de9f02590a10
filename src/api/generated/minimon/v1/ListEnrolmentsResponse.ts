// Original file: minimon/v1/manage.proto

import type { Enrolment as _minimon_v1_Enrolment, Enrolment__Output as _minimon_v1_Enrolment__Output } from '../../minimon/v1/Enrolment.ts';
import type { Long } from '@grpc/proto-loader';

export interface ListEnrolmentsResponse {
  'now_ms'?: (number | string | Long);
  'enrolments'?: (_minimon_v1_Enrolment)[];
  'next_cursor'?: (string);
  '_next_cursor'?: "next_cursor";
}

export interface ListEnrolmentsResponse__Output {
  'now_ms': (number);
  'enrolments': (_minimon_v1_Enrolment__Output)[];
  'next_cursor'?: (string);
}
