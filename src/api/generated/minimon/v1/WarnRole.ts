// Original file: minimon/v1/warn.proto

export const WarnRole = {
  WARN_ROLE_UNSPECIFIED: 'WARN_ROLE_UNSPECIFIED',
  WARN_ROLE_ACTIVE: 'WARN_ROLE_ACTIVE',
  WARN_ROLE_STANDBY: 'WARN_ROLE_STANDBY',
} as const;

export type WarnRole =
  | 'WARN_ROLE_UNSPECIFIED'
  | 0
  | 'WARN_ROLE_ACTIVE'
  | 1
  | 'WARN_ROLE_STANDBY'
  | 2

export type WarnRole__Output = typeof WarnRole[keyof typeof WarnRole]
