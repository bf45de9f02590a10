// What `minimon hosts enroll` prints, as a file of each host: a join token, and the certificate of the authority to trust.
import { type ErrorCode, ExpectedError } from '../domain/errors.ts';
import { readToken } from '../runtime/token.ts';
import { readValue } from './config-layers.ts';
import type { Config } from './config-schema.ts';

export type JoinText = { readonly token: string; readonly ca?: string | undefined };

/** The certificate may be left out. Throws `code` for anything else, which it calls `what`. */
export function readJoinText(text: string, { what, code }: { what: string; code: ErrorCode }): JoinText {
  const [token = '', ...rest] = text.trim().split('\n');
  const ca = rest.join('\n').trim();
  if (readToken(token.trim()) && (ca === '' || /^-----BEGIN CERTIFICATE-----\r?\n/.test(ca)))
    return { token: token.trim(), ...(ca !== '' && { ca: `${ca}\n` }) };
  throw new ExpectedError(code, `${what} is not the output of minimon hosts enroll`, {
    hint: 'The first line must be the join token, mm_...; the CA certificate may follow.',
  });
}

/** The join token of an agent, or why there is none: no fault once the host has the credential that it was for. */
export function readJoinToken({ joinToken, joinTokenPath: path }: Config['agent']): {
  readonly joinToken?: string;
  readonly noJoinToken?: ExpectedError;
} {
  if (!joinToken && path === undefined) return {};
  const key = path === undefined ? 'agent.join_token' : 'agent.join_token_file';
  try {
    const text = joinToken ?? readValue(path!, key);
    const what = path === undefined ? key : `${key}: ${path}`;
    return { joinToken: readJoinText(text, { what, code: 'BAD_CONFIG' }).token };
  } catch (error) {
    if (error instanceof ExpectedError) return { noJoinToken: error };
    throw error;
  }
}
