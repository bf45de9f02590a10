// Original file: minimon/v1/manage.proto

import type { Severity as _minimon_v1_Severity, Severity__Output as _minimon_v1_Severity__Output } from '../../minimon/v1/Severity.ts';
import type { Long } from '@grpc/proto-loader';

export interface Rule {
  'name'?: (string);
  'expression'?: (string);
  'severity'?: (_minimon_v1_Severity);
  'locations'?: (string)[];
  'hosts'?: (string)[];
  'notify'?: (string)[];
  'text'?: (string);
  'runbook'?: (string);
  'labels'?: ({[key: string]: string});
  'tell_resolved'?: (boolean);
  'enabled'?: (boolean);
  'built_in'?: (boolean);
  'source'?: (string);
  'created_ms'?: (number | string | Long);
  'updated_ms'?: (number | string | Long);
  'identity'?: (string);
  '_text'?: "text";
  '_runbook'?: "runbook";
  '_identity'?: "identity";
}

export interface Rule__Output {
  'name': (string);
  'expression': (string);
  'severity': (_minimon_v1_Severity__Output);
  'locations': (string)[];
  'hosts': (string)[];
  'notify': (string)[];
  'text'?: (string);
  'runbook'?: (string);
  'labels': ({[key: string]: string});
  'tell_resolved': (boolean);
  'enabled': (boolean);
  'built_in': (boolean);
  'source': (string);
  'created_ms': (number);
  'updated_ms': (number);
  'identity'?: (string);
}
