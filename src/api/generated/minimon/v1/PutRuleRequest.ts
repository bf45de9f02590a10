// Original file: minimon/v1/manage.proto

import type { Severity as _minimon_v1_Severity, Severity__Output as _minimon_v1_Severity__Output } from '../../minimon/v1/Severity.ts';

export interface PutRuleRequest {
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
  'replace'?: (boolean);
  'force'?: (boolean);
  'actor'?: (string);
  '_text'?: "text";
  '_runbook'?: "runbook";
  '_actor'?: "actor";
}

export interface PutRuleRequest__Output {
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
  'replace': (boolean);
  'force': (boolean);
  'actor'?: (string);
}
