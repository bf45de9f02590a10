// Original file: minimon/v1/analyze.proto

import type { MetricKind as _minimon_v1_MetricKind, MetricKind__Output as _minimon_v1_MetricKind__Output } from '../../minimon/v1/MetricKind.ts';
import type { MetricLocation as _minimon_v1_MetricLocation, MetricLocation__Output as _minimon_v1_MetricLocation__Output } from '../../minimon/v1/MetricLocation.ts';

export interface ReportedMetric {
  'metric'?: (string);
  'known'?: (boolean);
  'unit'?: (string);
  'kind'?: (_minimon_v1_MetricKind);
  'labels'?: (string)[];
  'means'?: (string);
  'source'?: (string);
  'choices'?: (string);
  'seed'?: (string);
  'hosts'?: (number);
  'series'?: (number);
  'locations'?: (_minimon_v1_MetricLocation)[];
  '_unit'?: "unit";
  '_kind'?: "kind";
  '_means'?: "means";
  '_source'?: "source";
  '_choices'?: "choices";
  '_seed'?: "seed";
}

export interface ReportedMetric__Output {
  'metric': (string);
  'known': (boolean);
  'unit'?: (string);
  'kind'?: (_minimon_v1_MetricKind__Output);
  'labels': (string)[];
  'means'?: (string);
  'source'?: (string);
  'choices'?: (string);
  'seed'?: (string);
  'hosts': (number);
  'series': (number);
  'locations': (_minimon_v1_MetricLocation__Output)[];
}
