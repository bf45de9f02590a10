// Original file: minimon/v1/analyze.proto

export const Aggregate = {
  AGGREGATE_UNSPECIFIED: 'AGGREGATE_UNSPECIFIED',
  AGGREGATE_MEAN: 'AGGREGATE_MEAN',
  AGGREGATE_MIN: 'AGGREGATE_MIN',
  AGGREGATE_MAX: 'AGGREGATE_MAX',
  AGGREGATE_LAST: 'AGGREGATE_LAST',
  AGGREGATE_COUNT: 'AGGREGATE_COUNT',
  AGGREGATE_P95: 'AGGREGATE_P95',
} as const;

export type Aggregate =
  | 'AGGREGATE_UNSPECIFIED'
  | 0
  | 'AGGREGATE_MEAN'
  | 1
  | 'AGGREGATE_MIN'
  | 2
  | 'AGGREGATE_MAX'
  | 3
  | 'AGGREGATE_LAST'
  | 4
  | 'AGGREGATE_COUNT'
  | 5
  | 'AGGREGATE_P95'
  | 6

export type Aggregate__Output = typeof Aggregate[keyof typeof Aggregate]
