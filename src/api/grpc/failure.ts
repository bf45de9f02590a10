// Errors as gRPC statuses and back: our code and hint are in the trailers, beside the message.
import { logVerbosity, Metadata, type ServiceError, type StatusObject, setLogVerbosity } from '@grpc/grpc-js';
import { ExpectedError } from '../../domain/errors.ts';
import { tokenHint } from '../bearer.ts';
import { CUT_OFF, timedOut, unreachable } from '../network-errors.ts';
import { codeOfGrpcStatus, fromWire, GRPC, grpcStatusOf, wireError } from '../status.ts';
import type { TlsMaterial } from '../tls.ts';

const CODE_KEY = 'minimon-error-code';
const HINT_KEY = 'minimon-error-hint-bin';
// Proxies give all trailers of a call some 4 KiB, and a message is percent-encoded in them.
const MAX_ENCODED = 1_800;

/** grpc-js prints some failures to stderr by itself; each of them also reaches us as an error and is reported there. */
export const quietGrpc = (): void => setLogVerbosity(logVerbosity.NONE);

export function toGrpcStatus(error: unknown): Pick<StatusObject, 'code' | 'details' | 'metadata'> {
  const { code, message, hint } = wireError(error);
  const metadata = new Metadata();
  metadata.set(CODE_KEY, code);
  if (hint !== undefined) metadata.set(HINT_KEY, Buffer.from(shorten(hint)));
  // gRPC's own word for it: its clients try again then.
  const retryAfterMs = error instanceof ExpectedError ? error.retryAfterMs : undefined;
  if (retryAfterMs !== undefined) metadata.set('grpc-retry-pushback-ms', String(retryAfterMs));
  const kind = error instanceof ExpectedError ? error.kind : 'internal';
  return { code: grpcStatusOf(kind), details: shorten(message), metadata };
}

function shorten(text: string): string {
  let short = text.toWellFormed();
  if (encodeURI(short).length <= MAX_ENCODED) return short;
  short = short.slice(0, MAX_ENCODED).toWellFormed();
  while (encodeURI(short).length > MAX_ENCODED)
    short = short.slice(0, Math.floor(short.length * 0.8)).toWellFormed();
  return `${short}…`;
}

/** Whether a service of ours said this, rather than the network. */
export const isAnswered = (error: ServiceError): boolean => (error.metadata?.get(CODE_KEY).length ?? 0) > 0;

/** The other way: what a call failed with, as the error the service threw or as what the network did to it. */
export function fromGrpcError(
  error: ServiceError,
  call: {
    readonly daemon: string;
    readonly address: string;
    readonly timeoutMs: number;
    readonly tls: TlsMaterial | undefined;
    /** Whether one was shown. */
    readonly hasToken: boolean;
  },
): ExpectedError {
  const { daemon, address, timeoutMs, tls } = call;
  const code = error.metadata?.get(CODE_KEY)[0]?.toString();
  if (code !== undefined) {
    const hint = error.metadata.get(HINT_KEY)[0];
    return fromWire(
      { code, message: error.details, hint: hint && Buffer.from(hint).toString() },
      codeOfGrpcStatus(error.code),
    );
  }
  switch (error.code) {
    case GRPC.UNAVAILABLE:
      return unreachable({ daemon, address, detail: plainReason(error.details), cause: error, tls });
    case GRPC.DEADLINE_EXCEEDED:
      return timedOut(daemon, address, timeoutMs);
    case GRPC.CANCELLED:
      return new ExpectedError('UNAVAILABLE', `the call to the ${daemon} service at ${address} was cut off`, {
        cause: error,
      });
    case GRPC.UNIMPLEMENTED:
      return new ExpectedError(
        'UNIMPLEMENTED',
        `the service at ${address} does not implement this call: ${error.details}`,
        { hint: `Check that the address is the gRPC port of ${daemon} and that both run the same version.` },
      );
    default: {
      const kind = codeOfGrpcStatus(error.code);
      const isRefusal = kind === 'UNAUTHENTICATED' || kind === 'NOT_ALLOWED';
      return new ExpectedError(kind, `the ${daemon} service at ${address} failed: ${error.details}`, {
        hint: isRefusal ? tokenHint(kind, call.hasToken) : undefined,
        cause: error,
      });
    }
  }
}

/** grpc-js nests reasons ("No connection established. Last error: connect ECONNREFUSED ... Resolution note: "). */
function plainReason(details: string): string {
  const last = details
    .split('Last error: ')
    .at(-1)!
    .replace(/\. Resolution note:.*$/s, '');
  if (last.includes('ECONNREFUSED')) return 'connection refused';
  if (last === 'null' || last === '') return 'no connection';
  if (/^Failed to connect|ECONNRESET|socket hang up/.test(last)) return CUT_OFF;
  return last.replace(/\s+/g, ' ').trim();
}
