// The token that a client shows with each call, and where it may not be sent: in plain text over a network.
import { isLoopback } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { TlsMaterial } from './tls.ts';

export type Bearer = {
  /** Read before each call, so that one that was renewed is used. Undefined: none is shown. */
  readonly token: () => string | undefined;
  /** Somebody said that the network is trusted: it may go in plain text. */
  readonly insecure: boolean;
};

/** The value of `authorization` for a call to these hosts; NOT_ALLOWED where others could read it on its way. */
export function authorization(
  bearer: Bearer | undefined,
  to: { readonly hosts: readonly string[]; readonly tls: TlsMaterial | undefined },
): string | undefined {
  const token = bearer?.token();
  if (token === undefined) return undefined;
  const open = to.tls || bearer?.insecure ? undefined : to.hosts.find((host) => !isLoopback(host));
  if (open === undefined) return `Bearer ${token}`;
  throw new ExpectedError(
    'NOT_ALLOWED',
    `the token would go to ${open} in plain text, where others can read it`,
    {
      hint: 'Set tls.ca_file to the authority of that server (minimon tls show HOST:PORT looks at it), or insecure: true (MINIMON_INSECURE) on a network that you trust.',
    },
  );
}

/** The token of a file or variable without white space around it; BAD_CONFIG, which never shows it, where it cannot be one. */
export function checkToken(text: string, origin: string): string {
  const token = text.trim();
  if (/^[\u0021-\u007e]{1,4096}$/.test(token)) return token;
  throw new ExpectedError('BAD_CONFIG', `${origin} holds no token`, {
    hint: 'A token is one line of letters, digits and punctuation.',
  });
}

/** For a refusal without a word of its own, a proxy's for instance. */
export const tokenHint = (code: 'UNAUTHENTICATED' | 'NOT_ALLOWED', hasToken: boolean): string =>
  code === 'NOT_ALLOWED'
    ? 'The token or certificate has not the scope for this; minimon config show token --origin says where it comes from.'
    : hasToken
      ? 'The token is unknown, revoked or has ended; minimon config show token --origin says where it comes from.'
      : 'Set token_file in the configuration or a profile, or MINIMON_TOKEN_FILE, to a file with a token.';
