// Network errors of calls and listeners, with hints what to do next.
import { parseAddress } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { TlsMaterial } from './tls.ts';

export type FailedCall = {
  /** The daemon that was called. */
  readonly daemon: string;
  readonly address: string;
  /** What node or gRPC said. */
  readonly detail: string;
  readonly cause?: unknown;
  /** With which the call was made; undefined for plain text. */
  readonly tls: TlsMaterial | undefined;
};

/** Nothing that could answer was reached at the address. */
export function unreachable({ daemon, address, detail, cause, tls }: FailedCall): ExpectedError {
  const failure = TLS_FAILURES.find(({ says }) => says.test(detail));
  const reason = failure?.reason(detail, address) ?? detail;
  const hint = failure?.hint ?? (detail === CUT_OFF ? cutOffHint(daemon, tls) : startHint(daemon));
  return new ExpectedError('UNREACHABLE', `no ${daemon} service answers at ${address} (${reason})`, {
    hint,
    cause,
  });
}

const startHint = (daemon: string) =>
  `Start it with \`minimon up\` or \`minimon daemon ${daemon}\`, or set its address with --server.`;

/** The `detail` of a connection that was closed before an answer. */
export const CUT_OFF = 'the connection was cut';

/** A server closes a connection without an answer when it shuts down, and when only one side speaks TLS. */
function cutOffHint(daemon: string, tls: TlsMaterial | undefined): string {
  if (!tls) return `It is shutting down, or it speaks TLS: then set tls.ca here. ${startHint(daemon)}`;
  return tls.cert
    ? 'It is shutting down, or it does not trust the client certificate: tls.cert here must be signed by an authority in its tls.ca.'
    : startHint(daemon);
}

type TlsFailure = {
  readonly says: RegExp;
  readonly reason: (detail: string, address: string) => string;
  readonly hint: string;
};

const TLS_FAILURES: readonly TlsFailure[] = [
  {
    says: /altnames/,
    reason: (detail, address) => `its certificate is not for ${nameIn(detail, address)}`,
    hint: 'Use a name in its certificate, or issue one with this name (subjectAltName).',
  },
  {
    says: /certificate.required|alert number 116/i,
    reason: () => 'it requires a client certificate',
    hint: 'Set tls.cert and tls.key, signed by an authority that it trusts.',
  },
  {
    says: /unknown.ca\b|alert number 48/i,
    reason: () => 'it does not trust the client certificate',
    hint: 'tls.cert here must be signed by an authority in tls.ca there.',
  },
  {
    says: /unable to (verify|get)|self-signed/i,
    reason: () => 'its certificate is signed by an unknown authority',
    hint: 'Set tls.ca to the certificate of the authority that signed it.',
  },
  {
    says: /certificate has expired|not yet valid/i,
    reason: () => 'its certificate is not valid at this time',
    hint: 'Renew it, or set the clock of this machine.',
  },
  {
    says: /unsupported protocol|protocol version|alert number 70\b/i,
    reason: () => 'it does not support TLS 1.2 or later',
    hint: 'Update the server; older versions of TLS are insecure.',
  },
  {
    says: /wrong version number|packet length too long/i,
    reason: () => 'it uses plain text, not TLS',
    hint: 'Set tls.cert and tls.key there, or leave out tls here.',
  },
];

/** `Host: web-1. is not in ...` or `IP: 10.0.0.7 is not in ...` */
const nameIn = (detail: string, address: string): string =>
  /(?:Host|IP): (\S+?)\.? is not/.exec(detail)?.[1] ?? address;

export function timedOut(daemon: string, address: string, timeoutMs: number): ExpectedError {
  return new ExpectedError(
    'TIMEOUT',
    `the ${daemon} service at ${address} did not answer within ${timeoutMs / 1000} s`,
    { hint: 'It may be overloaded or unreachable; see its /readyz?verbose.' },
  );
}

/** Why an address cannot be listened on. */
export function listenFailure(text: string, error: unknown, daemon: string): ExpectedError {
  const message = error instanceof Error ? error.message : String(error);
  const says = (code: string) => message.includes(code) || (error as { code?: string })?.code === code;
  if (says('EADDRINUSE')) {
    return new ExpectedError('PORT_IN_USE', `${daemon} cannot listen on ${text}: the port is in use`, {
      hint: `Stop what listens there (ss -ltnp 'sport = :${parseAddress(text).port}'), or give ${daemon} another address.`,
      cause: error,
    });
  }
  if (says('EACCES')) {
    return new ExpectedError('NOT_ALLOWED', `${daemon} may not listen on ${text}`, {
      hint: 'Ports below 1024 need a privilege; choose a higher one.',
      cause: error,
    });
  }
  return new ExpectedError('BAD_CONFIG', `${daemon} cannot listen on ${text}: ${message}`, {
    hint: 'The host must be an address of this machine, such as 127.0.0.1 or 0.0.0.0.',
    cause: error,
  });
}
