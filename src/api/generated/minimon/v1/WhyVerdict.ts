// Original file: minimon/v1/warn.proto

export const WhyVerdict = {
  WHY_VERDICT_UNSPECIFIED: 'WHY_VERDICT_UNSPECIFIED',
  WHY_VERDICT_OK: 'WHY_VERDICT_OK',
  WHY_VERDICT_STOP: 'WHY_VERDICT_STOP',
  WHY_VERDICT_WAIT: 'WHY_VERDICT_WAIT',
  WHY_VERDICT_NOTE: 'WHY_VERDICT_NOTE',
} as const;

export type WhyVerdict =
  | 'WHY_VERDICT_UNSPECIFIED'
  | 0
  | 'WHY_VERDICT_OK'
  | 1
  | 'WHY_VERDICT_STOP'
  | 2
  | 'WHY_VERDICT_WAIT'
  | 3
  | 'WHY_VERDICT_NOTE'
  | 4

export type WhyVerdict__Output = typeof WhyVerdict[keyof typeof WhyVerdict]
