// Original file: minimon/v1/manage.proto

import type { Severity as _minimon_v1_Severity, Severity__Output as _minimon_v1_Severity__Output } from '../../minimon/v1/Severity.ts';
import type { Long } from '@grpc/proto-loader';

export interface SourceRule {
  'source'?: (string);
  'name'?: (string);
  'expression'?: (string);
  'severity'?: (_minimon_v1_Severity);
  'locations'?: (string)[];
  'hosts'?: (string)[];
  'notify'?: (string)[];
  'text'?: (string);
  'runbook'?: (string);
  'labels'?: ({[key: string]: string});
  'quiet_end'?: (boolean);
  'disabled'?: (boolean);
  'if_updated_ms'?: (number | string | Long);
  '_source'?: "source";
  '_text'?: "text";
  '_runbook'?: "runbook";
  '_if_updated_ms'?: "if_updated_ms";
}

export interface SourceRule__Output {
  'source'?: (string);
  'name': (string);
  'expression': (string);
  'severity': (_minimon_v1_Severity__Output);
  'locations': (string)[];
  'hosts': (string)[];
  'notify': (string)[];
  'text'?: (string);
  'runbook'?: (string);
  'labels': ({[key: string]: string});
  'quiet_end': (boolean);
  'disabled': (boolean);
  'if_updated_ms'?: (number);
}
