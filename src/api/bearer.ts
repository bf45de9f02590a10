// The token that a client sends with each call; never in plain text over an untrusted network.
import { isLoopback } from '../domain/address.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { TlsMaterial } from './tls.ts';

export type Bearer = {
  /** Read before each call, so that a renewed token is used. Undefined: no token is sent. */
  readonly token: () => string | undefined;
  /** Set if the network is trusted: the token may be sent in plain text. */
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
    `refusing to send the token to ${open} in plain text, where others can read it`,
    {
      hint: 'Set tls.ca_file to the CA certificate of that server (show it with minimon tls show HOST:PORT), or insecure: true (MINIMON_INSECURE) on a network that you trust.',
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

/** The hint for a 401 or 403 without a message of ours, such as a proxy's. */
export const tokenHint = (code: 'UNAUTHENTICATED' | 'NOT_ALLOWED', hasToken: boolean): string =>
  code === 'NOT_ALLOWED'
    ? 'The token or certificate lacks the scope for this. See where it comes from: minimon config show token --origin'
    : hasToken
      ? 'The token is unknown, revoked or expired. See where it comes from: minimon config show token --origin'
      : 'Set token_file in the configuration or a profile, or MINIMON_TOKEN_FILE, to a file with a token.';
