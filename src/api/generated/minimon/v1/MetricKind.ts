// Original file: minimon/v1/analyze.proto

export const MetricKind = {
  METRIC_KIND_UNSPECIFIED: 'METRIC_KIND_UNSPECIFIED',
  METRIC_KIND_GAUGE: 'METRIC_KIND_GAUGE',
  METRIC_KIND_RATIO: 'METRIC_KIND_RATIO',
  METRIC_KIND_RATE: 'METRIC_KIND_RATE',
} as const;

export type MetricKind =
  | 'METRIC_KIND_UNSPECIFIED'
  | 0
  | 'METRIC_KIND_GAUGE'
  | 1
  | 'METRIC_KIND_RATIO'
  | 2
  | 'METRIC_KIND_RATE'
  | 3

export type MetricKind__Output = typeof MetricKind[keyof typeof MetricKind]
