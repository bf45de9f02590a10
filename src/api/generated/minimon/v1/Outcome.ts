// Original file: minimon/v1/warn.proto

export const Outcome = {
  OUTCOME_UNSPECIFIED: 'OUTCOME_UNSPECIFIED',
  OUTCOME_SENT: 'OUTCOME_SENT',
  OUTCOME_RETRY: 'OUTCOME_RETRY',
  OUTCOME_REFUSED: 'OUTCOME_REFUSED',
  OUTCOME_UNKNOWN: 'OUTCOME_UNKNOWN',
} as const;

export type Outcome =
  | 'OUTCOME_UNSPECIFIED'
  | 0
  | 'OUTCOME_SENT'
  | 1
  | 'OUTCOME_RETRY'
  | 2
  | 'OUTCOME_REFUSED'
  | 3
  | 'OUTCOME_UNKNOWN'
  | 4

export type Outcome__Output = typeof Outcome[keyof typeof Outcome]
