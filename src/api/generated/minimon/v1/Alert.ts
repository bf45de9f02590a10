// Original file: minimon/v1/warn.proto

import type { AlertSeverity as _minimon_v1_AlertSeverity, AlertSeverity__Output as _minimon_v1_AlertSeverity__Output } from '../../minimon/v1/AlertSeverity.ts';
import type { AlertState as _minimon_v1_AlertState, AlertState__Output as _minimon_v1_AlertState__Output } from '../../minimon/v1/AlertState.ts';
import type { AlertSilence as _minimon_v1_AlertSilence, AlertSilence__Output as _minimon_v1_AlertSilence__Output } from '../../minimon/v1/AlertSilence.ts';
import type { AlertAcknowledgement as _minimon_v1_AlertAcknowledgement, AlertAcknowledgement__Output as _minimon_v1_AlertAcknowledgement__Output } from '../../minimon/v1/AlertAcknowledgement.ts';
import type { Long } from '@grpc/proto-loader';

export interface Alert {
  'id'?: (string);
  'rule'?: (string);
  'severity'?: (_minimon_v1_AlertSeverity);
  'state'?: (_minimon_v1_AlertState);
  'location'?: (string);
  'host'?: (string);
  'labels'?: ({[key: string]: string});
  'expression'?: (string);
  'value'?: (number | string);
  'since_ms'?: (number | string | Long);
  'fired_ms'?: (number | string | Long);
  'evaluated_ms'?: (number | string | Long);
  'no_data_since_ms'?: (number | string | Long);
  'silence'?: (_minimon_v1_AlertSilence | null);
  'acknowledged'?: (_minimon_v1_AlertAcknowledgement | null);
  '_location'?: "location";
  '_host'?: "host";
  '_value'?: "value";
  '_fired_ms'?: "fired_ms";
  '_no_data_since_ms'?: "no_data_since_ms";
  '_silence'?: "silence";
  '_acknowledged'?: "acknowledged";
}

export interface Alert__Output {
  'id': (string);
  'rule': (string);
  'severity': (_minimon_v1_AlertSeverity__Output);
  'state': (_minimon_v1_AlertState__Output);
  'location'?: (string);
  'host'?: (string);
  'labels': ({[key: string]: string});
  'expression': (string);
  'value'?: (number);
  'since_ms': (number);
  'fired_ms'?: (number);
  'evaluated_ms': (number);
  'no_data_since_ms'?: (number);
  'silence'?: (_minimon_v1_AlertSilence__Output | null);
  'acknowledged'?: (_minimon_v1_AlertAcknowledgement__Output | null);
}
