// The calls of manage about tokens.
import { defineCalls } from './calls.ts';
import { actor, flag, type Infer, int, list, listOf, one, optional, text, time } from './shapes.ts';

export const tokenInfo = {
  name: text('Name in the audit log'),
  id: text('The part of the token that may be shown'),
  scopes: list(text(), { nonEmpty: true, about: 'read, write, admin, service, report:HOST, report:*' }),
  createdBy: text(),
  createdMs: time(),
  endsMs: optional(time('Exclusive; absent: it does not expire')),
  revokedMs: optional(time()),
  usedMs: optional(time('Updated every few minutes; absent: never')),
};
export type TokenInfo = Infer<typeof tokenInfo>;

const knownToken = {
  id: text(),
  name: text(),
  hash: text('SHA-256 of the token, in hexadecimal'),
  scopes: list(text()),
  endsMs: optional(time('Exclusive')),
};
/** A token as a daemon knows it that checks callers. */
export type KnownToken = Infer<typeof knownToken>;

export const tokenCalls = defineCalls({
  /** TOKEN_EXISTS where one of this name may still be used. */
  createToken: {
    summary: 'Creates a token; only this answer has it',
    access: 'admin',
    http: 'POST /api/v1/tokens',
    notIdempotent: true,
    request: {
      name: text('1 to 128 bytes of printable Unicode'),
      scopes: list(text(), { nonEmpty: true }),
      endsMs: optional(time('Exclusive')),
      actor,
    },
    answer: { token: text('The secret'), info: one(tokenInfo) },
  },
  listTokens: {
    summary: 'Tokens, newest first, without the secrets',
    access: 'admin',
    http: 'GET /api/v1/tokens',
    request: {
      ended: optional(flag('Also expired and revoked tokens')),
      credentials: optional(flag('Also the credentials of enrolled hosts')),
    },
    answer: {
      nowMs: time(),
      tokens: listOf(tokenInfo),
      credentials: int('How many credentials of enrolled hosts were left out'),
    },
  },
  /** TOKEN_UNKNOWN names the nearest. */
  revokeToken: {
    summary: 'Revokes a token; daemons reject it within seconds',
    access: 'admin',
    http: 'POST /api/v1/tokens/revoke',
    request: { name: text('Name or id of the token'), actor },
    answer: { token: one(tokenInfo) },
    gives: 'token',
  },
  /** For daemons, every few seconds. */
  syncTokens: {
    summary: 'The valid tokens, if they changed since a version',
    access: 'service',
    request: {
      version: optional(int('Of the answer before')),
      used: listOf({ id: text(), usedMs: time() }, { about: 'Last use of each token' }),
    },
    answer: {
      version: int(),
      changed: flag('False: unchanged, `tokens` is empty'),
      tokens: listOf(knownToken),
    },
  },
});
