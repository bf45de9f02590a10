// Original file: minimon/v1/manage.proto

import type { Rule as _minimon_v1_Rule, Rule__Output as _minimon_v1_Rule__Output } from '../../minimon/v1/Rule.ts';
import type { Silence as _minimon_v1_Silence, Silence__Output as _minimon_v1_Silence__Output } from '../../minimon/v1/Silence.ts';
import type { ReceiverSetup as _minimon_v1_ReceiverSetup, ReceiverSetup__Output as _minimon_v1_ReceiverSetup__Output } from '../../minimon/v1/ReceiverSetup.ts';
import type { Assignment as _minimon_v1_Assignment, Assignment__Output as _minimon_v1_Assignment__Output } from '../../minimon/v1/Assignment.ts';
import type { ConfigurationPart as _minimon_v1_ConfigurationPart, ConfigurationPart__Output as _minimon_v1_ConfigurationPart__Output } from '../../minimon/v1/ConfigurationPart.ts';
import type { Long } from '@grpc/proto-loader';

export interface AlertConfiguration {
  'version'?: (number | string | Long);
  'rules'?: (_minimon_v1_Rule)[];
  'silences'?: (_minimon_v1_Silence)[];
  'receivers'?: (_minimon_v1_ReceiverSetup)[];
  'assignments'?: (_minimon_v1_Assignment)[];
  'part'?: (_minimon_v1_ConfigurationPart);
  'more'?: (boolean);
  'unassigned'?: (string)[];
}

export interface AlertConfiguration__Output {
  'version': (number);
  'rules': (_minimon_v1_Rule__Output)[];
  'silences': (_minimon_v1_Silence__Output)[];
  'receivers': (_minimon_v1_ReceiverSetup__Output)[];
  'assignments': (_minimon_v1_Assignment__Output)[];
  'part': (_minimon_v1_ConfigurationPart__Output);
  'more': (boolean);
  'unassigned': (string)[];
}
