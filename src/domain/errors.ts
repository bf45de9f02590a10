// The table of all error codes; a test compares docs/errors.md with it.

/** The class of an error: decides exit code, HTTP status and gRPC status. */
export type ErrorKind =
  | 'usage'
  | 'not_found'
  | 'conflict'
  | 'not_allowed'
  | 'unauthenticated'
  | 'misdirected'
  | 'wrong_method'
  | 'wrong_type'
  | 'too_large'
  | 'unreachable'
  | 'timeout'
  | 'unavailable'
  | 'partial'
  | 'unimplemented'
  | 'internal';

export const ERRORS = {
  USAGE: { kind: 'usage', meaning: 'The command line or the request lacks something or contradicts itself.' },
  BAD_ID: { kind: 'usage', meaning: 'A host id, location or rule name breaks the naming rules.' },
  BAD_METRIC: { kind: 'usage', meaning: 'A metric or label name breaks the naming rules.' },
  BAD_EXPRESSION: { kind: 'usage', meaning: 'An alert expression, a matcher or a message text is invalid.' },
  BAD_RULES: { kind: 'usage', meaning: 'One or more rules are invalid; none was saved.' },
  BAD_TIME: { kind: 'usage', meaning: 'A time or a duration is invalid, or its unit is wrong.' },
  BAD_RANGE: { kind: 'usage', meaning: 'A range is empty, reversed or longer than one answer may be.' },
  BAD_CONFIG: { kind: 'usage', meaning: 'The configuration has an unknown key or a wrong value.' },
  BAD_CURSOR: { kind: 'usage', meaning: 'A page cursor was not issued by this list.' },
  BAD_REQUEST: { kind: 'usage', meaning: 'A request could not be decoded or breaks a limit as a whole.' },
  NEEDS_CONFIRMATION: {
    kind: 'usage',
    meaning: 'The command needs confirmation, but there is no terminal to ask on.',
  },
  NEEDS_FORCE: { kind: 'usage', meaning: 'A rule is probably a mistake; it is saved only with --force.' },
  HOST_UNKNOWN: { kind: 'not_found', meaning: 'No such host is managed or reports.' },
  LOCATION_UNKNOWN: { kind: 'not_found', meaning: 'No host was ever assigned to this location.' },
  METRIC_UNKNOWN: { kind: 'not_found', meaning: 'No host reports this metric.' },
  RULE_UNKNOWN: { kind: 'not_found', meaning: 'No alert rule has this name.' },
  RECEIVER_UNKNOWN: { kind: 'not_found', meaning: 'No receiver has this name.' },
  SILENCE_UNKNOWN: { kind: 'not_found', meaning: 'No silence has this id.' },
  TOKEN_UNKNOWN: { kind: 'not_found', meaning: 'No token has this name or id.' },
  MACHINE_UNKNOWN: { kind: 'not_found', meaning: 'The named machine is not waiting to replace the host.' },
  CHANGE_UNKNOWN: { kind: 'not_found', meaning: 'The audit log has no change with this number.' },
  PROFILE_UNKNOWN: { kind: 'not_found', meaning: 'No profile of the client commands has this name.' },
  FILE_MISSING: { kind: 'not_found', meaning: 'A file does not exist or cannot be read.' },
  HOST_EXISTS: { kind: 'conflict', meaning: 'The host already exists in the inventory.' },
  HOST_ENROLLED: { kind: 'conflict', meaning: 'Another machine is enrolled under the name of this host.' },
  HOST_CHANGED: { kind: 'conflict', meaning: 'Hosts were changed since the change that was to be undone.' },
  LOCATION_EXISTS: { kind: 'conflict', meaning: 'A location with the new name already exists.' },
  LOCATION_IN_USE: {
    kind: 'conflict',
    meaning: 'The location cannot be removed, because hosts are assigned to it.',
  },
  RULE_EXISTS: { kind: 'conflict', meaning: 'An alert rule with this name already exists.' },
  RULE_CHANGED: {
    kind: 'conflict',
    meaning: 'The alert rule was changed by someone else while it was edited.',
  },
  RECEIVER_EXISTS: { kind: 'conflict', meaning: 'A receiver with this name already exists.' },
  RECEIVER_IN_USE: { kind: 'conflict', meaning: 'The receiver cannot be removed, because rules name it.' },
  TOKEN_EXISTS: { kind: 'conflict', meaning: 'A valid token with this name already exists.' },
  LEASE_LOST: { kind: 'conflict', meaning: 'Another warn holds the lease now; this one may not write.' },
  DATA_IN_USE: { kind: 'conflict', meaning: 'Another process uses the data directory.' },
  SCHEMA_TOO_NEW: { kind: 'conflict', meaning: 'The data was written by a newer version of minimon.' },
  FOREIGN_FILE: {
    kind: 'conflict',
    meaning: 'A file in the data directory belongs to another data directory.',
  },
  PORT_IN_USE: { kind: 'conflict', meaning: 'Another process listens on the address.' },
  EMBEDDED_NOT_SHARED: {
    kind: 'usage',
    meaning: 'A separate daemon cannot use an embedded backend, which serves one process.',
  },
  NOT_ALLOWED: { kind: 'not_allowed', meaning: 'The token or certificate does not allow this.' },
  NEEDS_ROOT: { kind: 'not_allowed', meaning: 'Only root may change this.' },
  INSECURE_BIND: {
    kind: 'not_allowed',
    meaning: 'Listening on an address other than loopback needs TLS, or --insecure.',
  },
  UNAUTHENTICATED: { kind: 'unauthenticated', meaning: 'No valid token or client certificate was given.' },
  WRONG_HOST: {
    kind: 'misdirected',
    meaning: 'The Host of an HTTP request is not a name of this listener.',
  },
  WRONG_METHOD: { kind: 'wrong_method', meaning: 'The path is served, but not by this HTTP method.' },
  WRONG_TYPE: { kind: 'wrong_type', meaning: 'The body of an HTTP request is not JSON in UTF-8.' },
  TOO_LARGE: { kind: 'too_large', meaning: 'A request is over the size limit.' },
  DIR_NOT_WRITABLE: { kind: 'not_allowed', meaning: 'The data directory cannot be written.' },
  UNREACHABLE: { kind: 'unreachable', meaning: 'No server answered at the address.' },
  TIMEOUT: { kind: 'timeout', meaning: 'The server did not answer in time.' },
  UNAVAILABLE: { kind: 'unavailable', meaning: 'The server is up but cannot do this now; try again.' },
  BUS_FULL: {
    kind: 'unavailable',
    meaning: 'The embedded bus reached its size limit or the disk is nearly full.',
  },
  NOT_SENT: { kind: 'unavailable', meaning: 'A receiver did not accept a message.' },
  PARTLY_DONE: { kind: 'partial', meaning: 'Part of the request was done, part failed.' },
  NOT_FOUND: { kind: 'not_found', meaning: 'Nothing is served at the path of an HTTP request.' },
  UNIMPLEMENTED: { kind: 'unimplemented', meaning: 'The server does not implement this call.' },
  OUTPUT_FAILED: { kind: 'internal', meaning: 'The output could not be written in full.' },
  INTERNAL: { kind: 'internal', meaning: 'A bug in minimon itself.' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An expected error: says what is wrong and what to do next. Anything else thrown is a bug. */
export class ExpectedError extends Error {
  override readonly name = 'ExpectedError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  /** When to try again, where the server knows. */
  readonly retryAfterMs: number | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    options: {
      hint?: string | undefined;
      cause?: unknown;
      retryAfterMs?: number | undefined;
    } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.retryAfterMs = options.retryAfterMs;
  }

  get kind(): ErrorKind {
    return ERRORS[this.code].kind;
  }
}

export const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERRORS, code);

/** The server is down or overloaded: answers of other services may still be shown. */
export const isAway = (error: unknown): error is ExpectedError =>
  error instanceof ExpectedError && ['unreachable', 'timeout', 'unavailable'].includes(error.kind);

/** Of an error of the operating system the words alone: what was called and its path stand beside it. */
export const systemWords = (error: unknown): string =>
  messageOf(error)
    .replace(/^E[A-Z]+: /, '')
    .replace(/, \w+( '[^']*')?( -> '[^']*')?$/, '');

const TIMED_OUT: readonly unknown[] = ['TimeoutError', 'AbortError', 'RequestTimedOutError'];

/** What the network did to a call, in words. Both of a name's addresses may have failed: node's error has no message then. */
export function connectionWords(error: unknown): string {
  const first: unknown = error instanceof AggregateError ? (error.errors[0] ?? error) : error;
  const { code, name, cause } = (first ?? {}) as { code?: string; name?: string; cause?: unknown };
  if (code === 'ECONNREFUSED') return 'connection refused';
  if (TIMED_OUT.includes(name)) return 'timed out';
  return messageOf(first) || code || (cause instanceof Error ? connectionWords(cause) : String(name));
}

/** The message of anything that can be thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
