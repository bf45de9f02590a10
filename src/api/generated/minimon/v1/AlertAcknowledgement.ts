// Original file: minimon/v1/warn.proto

import type { Long } from '@grpc/proto-loader';

export interface AlertAcknowledgement {
  'by'?: (string);
  'note'?: (string);
  'at_ms'?: (number | string | Long);
}

export interface AlertAcknowledgement__Output {
  'by': (string);
  'note': (string);
  'at_ms': (number);
}
