// The closed table of everything minimon can say went wrong; docs/errors.md is held against it by a test.

/** What an error means for the caller: decides exit code, HTTP status and gRPC status at the two doors. */
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
  USAGE: { kind: 'usage', meaning: 'The command line or the request does not say what is needed.' },
  BAD_ID: { kind: 'usage', meaning: 'A host id, location or rule name breaks the naming rules.' },
  BAD_METRIC: { kind: 'usage', meaning: 'A metric or label name breaks the naming rules.' },
  BAD_EXPRESSION: { kind: 'usage', meaning: 'An alert expression, a matcher or a message text is invalid.' },
  BAD_RULES: { kind: 'usage', meaning: 'Of several rules, one or more are invalid; none was saved.' },
  BAD_TIME: { kind: 'usage', meaning: 'A time or a duration could not be understood, or its unit is wrong.' },
  BAD_RANGE: { kind: 'usage', meaning: 'A range is empty, reversed or longer than one answer may be.' },
  BAD_CONFIG: { kind: 'usage', meaning: 'The configuration has an unknown key or a wrong value.' },
  BAD_CURSOR: { kind: 'usage', meaning: 'A page cursor was not issued by this list.' },
  BAD_REQUEST: { kind: 'usage', meaning: 'A request could not be decoded or breaks a limit as a whole.' },
  NEEDS_CONFIRMATION: {
    kind: 'usage',
    meaning: 'The command would ask, but there is no terminal to ask on.',
  },
  NEEDS_FORCE: { kind: 'usage', meaning: 'A rule looks like a mistake; it is saved only with --force.' },
  HOST_UNKNOWN: { kind: 'not_found', meaning: 'No such host is managed or reports.' },
  LOCATION_UNKNOWN: { kind: 'not_found', meaning: 'No host was ever assigned to this location.' },
  METRIC_UNKNOWN: { kind: 'not_found', meaning: 'No host reports this metric.' },
  RULE_UNKNOWN: { kind: 'not_found', meaning: 'No alert rule has this name.' },
  RECEIVER_UNKNOWN: { kind: 'not_found', meaning: 'No receiver has this name.' },
  SILENCE_UNKNOWN: { kind: 'not_found', meaning: 'No silence has this id.' },
  TOKEN_UNKNOWN: { kind: 'not_found', meaning: 'No token has this name or id.' },
  MACHINE_UNKNOWN: { kind: 'not_found', meaning: 'The machine that was named does not ask to be the host.' },
  CHANGE_UNKNOWN: { kind: 'not_found', meaning: 'The audit log has no change of this number.' },
  PROFILE_UNKNOWN: { kind: 'not_found', meaning: 'No profile of the client commands has this name.' },
  FILE_MISSING: { kind: 'not_found', meaning: 'A file that was named does not exist or cannot be read.' },
  HOST_EXISTS: { kind: 'conflict', meaning: 'The host is in the inventory already.' },
  HOST_ENROLLED: { kind: 'conflict', meaning: 'Another machine is enrolled under the name of this host.' },
  HOST_CHANGED: { kind: 'conflict', meaning: 'Hosts were changed since the change that was to be undone.' },
  LOCATION_EXISTS: { kind: 'conflict', meaning: 'There is a location of the new name already.' },
  LOCATION_IN_USE: {
    kind: 'conflict',
    meaning: 'Hosts are assigned to the location that was to be removed.',
  },
  RULE_EXISTS: { kind: 'conflict', meaning: 'An alert rule of this name exists already.' },
  RULE_CHANGED: { kind: 'conflict', meaning: 'Somebody changed the alert rule while it was edited.' },
  RECEIVER_EXISTS: { kind: 'conflict', meaning: 'A receiver of this name exists already.' },
  RECEIVER_IN_USE: { kind: 'conflict', meaning: 'Rules name the receiver that was to be removed.' },
  TOKEN_EXISTS: { kind: 'conflict', meaning: 'A token of this name may still be used.' },
  LEASE_LOST: { kind: 'conflict', meaning: 'Another warn tells receivers now; this one may not write.' },
  DATA_IN_USE: { kind: 'conflict', meaning: 'Another process uses the data directory.' },
  SCHEMA_TOO_NEW: { kind: 'conflict', meaning: 'The data was written by a newer version of minimon.' },
  FOREIGN_FILE: { kind: 'conflict', meaning: 'A file in the data directory is of another data directory.' },
  PORT_IN_USE: { kind: 'conflict', meaning: 'Another process listens on the address.' },
  EMBEDDED_NOT_SHARED: {
    kind: 'usage',
    meaning: 'A daemon alone was given an embedded backend that serves one process.',
  },
  NOT_ALLOWED: { kind: 'not_allowed', meaning: 'The token or certificate does not allow this.' },
  NEEDS_ROOT: { kind: 'not_allowed', meaning: 'Only root may change what was to be changed.' },
  INSECURE_BIND: {
    kind: 'not_allowed',
    meaning: 'An address off loopback needs TLS, or --insecure.',
  },
  UNAUTHENTICATED: { kind: 'unauthenticated', meaning: 'No valid token or client certificate was given.' },
  WRONG_HOST: {
    kind: 'misdirected',
    meaning: 'An HTTP request was for a host that this listener does not answer for.',
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
  NOT_SENT: { kind: 'unavailable', meaning: 'A receiver did not take a message.' },
  PARTLY_DONE: { kind: 'partial', meaning: 'Some of what was asked was done, some was not.' },
  NOT_FOUND: { kind: 'not_found', meaning: 'Nothing is served at the path of an HTTP request.' },
  UNIMPLEMENTED: { kind: 'unimplemented', meaning: 'The server does not know this call.' },
  OUTPUT_FAILED: { kind: 'internal', meaning: 'The output could not be written in full.' },
  INTERNAL: { kind: 'internal', meaning: 'A bug in minimon itself.' },
} as const satisfies Record<string, { kind: ErrorKind; meaning: string }>;

export type ErrorCode = keyof typeof ERRORS;

/** An error that was expected: it says what happened and what to do next. Anything else thrown is a bug. */
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

/** The server is not there, or cannot do this now: what others answer may still be shown. */
export const isAway = (error: unknown): error is ExpectedError =>
  error instanceof ExpectedError && ['unreachable', 'timeout', 'unavailable'].includes(error.kind);

/** Of an error of the operating system the words alone: what was called and its path stand beside it. */
export const systemWords = (error: unknown): string =>
  messageOf(error)
    .replace(/^E[A-Z]+: /, '')
    .replace(/, \w+( '[^']*')?( -> '[^']*')?$/, '');

/** The message of anything that can be thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
