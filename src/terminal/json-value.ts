// Plain data, as every output format can carry it.

/** Absent keys are left out. Instants are RFC 3339 strings under `*_at`, durations milliseconds under `*_ms`. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };
