// The only mapping between errors and gRPC or HTTP statuses, in both directions.
import { type ErrorCode, type ErrorKind, ExpectedError, isErrorCode } from '../domain/errors.ts';
import { diskError } from '../runtime/disk-errors.ts';

/** gRPC's status numbers, by name: written out so that HTTP clients need not load gRPC for them. */
export const GRPC = {
  OK: 0,
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;

type Status = { readonly grpc: number; readonly http: number; readonly code: ErrorCode };

/** `code` is what a client says when the server gave a status but no code of ours (a proxy, another version). */
const BY_KIND: Readonly<Record<ErrorKind, Status>> = {
  usage: { grpc: GRPC.INVALID_ARGUMENT, http: 400, code: 'BAD_REQUEST' },
  unauthenticated: { grpc: GRPC.UNAUTHENTICATED, http: 401, code: 'UNAUTHENTICATED' },
  not_allowed: { grpc: GRPC.PERMISSION_DENIED, http: 403, code: 'NOT_ALLOWED' },
  misdirected: { grpc: GRPC.PERMISSION_DENIED, http: 421, code: 'WRONG_HOST' },
  wrong_method: { grpc: GRPC.UNIMPLEMENTED, http: 405, code: 'WRONG_METHOD' },
  wrong_type: { grpc: GRPC.INVALID_ARGUMENT, http: 415, code: 'WRONG_TYPE' },
  not_found: { grpc: GRPC.NOT_FOUND, http: 404, code: 'UNIMPLEMENTED' },
  conflict: { grpc: GRPC.ALREADY_EXISTS, http: 409, code: 'HOST_EXISTS' },
  too_large: { grpc: GRPC.RESOURCE_EXHAUSTED, http: 413, code: 'TOO_LARGE' },
  // Before `partial`: a bare 500 means this.
  internal: { grpc: GRPC.INTERNAL, http: 500, code: 'INTERNAL' },
  partial: { grpc: GRPC.ABORTED, http: 500, code: 'PARTLY_DONE' },
  unimplemented: { grpc: GRPC.UNIMPLEMENTED, http: 501, code: 'UNIMPLEMENTED' },
  // A daemon that cannot reach another one, or waited too long for it, cannot do its own work now.
  unreachable: { grpc: GRPC.UNAVAILABLE, http: 503, code: 'UNAVAILABLE' },
  unavailable: { grpc: GRPC.UNAVAILABLE, http: 503, code: 'UNAVAILABLE' },
  timeout: { grpc: GRPC.DEADLINE_EXCEEDED, http: 504, code: 'TIMEOUT' },
};

export const grpcStatusOf = (kind: ErrorKind): number => BY_KIND[kind].grpc;
export const httpStatusOf = (kind: ErrorKind): number => BY_KIND[kind].http;

const firstOf = (matches: (status: Status) => boolean): ErrorCode =>
  Object.values(BY_KIND).find(matches)?.code ?? 'INTERNAL';
export const codeOfGrpcStatus = (grpc: number): ErrorCode => firstOf((status) => status.grpc === grpc);

/** What only proxies and frameworks answer. */
const FOREIGN: Readonly<Record<number, ErrorCode>> = {
  429: 'UNAVAILABLE',
  502: 'UNAVAILABLE',
};
export const codeOfHttpStatus = (http: number): ErrorCode =>
  FOREIGN[http] ?? firstOf((status) => status.http === http);

export const wrongMethod = (asked: string, allowed: readonly string[]): ExpectedError =>
  new ExpectedError('WRONG_METHOD', `${asked} is not served`, { hint: `Use ${allowed.join(' or ')}.` });

/** What may leave the daemon about an error: an expected one as it is, a bug without its message. */
export type WireError = { readonly code: ErrorCode; readonly message: string; readonly hint?: string };

export function wireError(thrown: unknown): WireError {
  const error = diskError(thrown) ?? thrown;
  if (error instanceof ExpectedError) {
    const { code, message, hint } = error;
    return hint === undefined ? { code, message } : { code, message, hint };
  }
  return {
    code: 'INTERNAL',
    message: 'internal error: a bug in the daemon',
    hint: 'See the log of the daemon.',
  };
}

/** The error a server sent, as the same error here. `fallback` when the code is one this version does not know. */
export function fromWire(
  wire: { readonly code: string | undefined; readonly message: string; readonly hint?: string | undefined },
  fallback: ErrorCode,
): ExpectedError {
  const code = wire.code !== undefined && isErrorCode(wire.code) ? wire.code : fallback;
  return new ExpectedError(code, wire.message, { hint: wire.hint });
}
