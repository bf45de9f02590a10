// Original file: minimon/v1/manage.proto

export const Change = {
  CHANGE_UNSPECIFIED: 'CHANGE_UNSPECIFIED',
  CHANGE_ADDED: 'CHANGE_ADDED',
  CHANGE_MOVED: 'CHANGE_MOVED',
  CHANGE_UNCHANGED: 'CHANGE_UNCHANGED',
  CHANGE_UNASSIGNED: 'CHANGE_UNASSIGNED',
  CHANGE_REMOVED: 'CHANGE_REMOVED',
} as const;

export type Change =
  | 'CHANGE_UNSPECIFIED'
  | 0
  | 'CHANGE_ADDED'
  | 1
  | 'CHANGE_MOVED'
  | 2
  | 'CHANGE_UNCHANGED'
  | 3
  | 'CHANGE_UNASSIGNED'
  | 4
  | 'CHANGE_REMOVED'
  | 5

export type Change__Output = typeof Change[keyof typeof Change]
