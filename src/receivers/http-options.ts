// The request of every kind that speaks HTTP: its options, its headers, its JSON.
import { z } from 'zod';
import { tlsSetting } from '../runtime/settings.ts';

/** A receiver's URL: http or https, nothing in it that belongs into other options. */
export const urlSetting = () =>
  z
    .url({ protocol: /^https?$/, error: 'is not an http:// or https:// URL', abort: true })
    .refine((text) => new URL(text).username === '' && new URL(text).password === '', {
      error: 'has a user name or password in it; give them as `authorization`',
    })
    .refine((text) => !/[\s\p{Cc}]/u.test(text), { error: 'has white space or a control character' })
    .refine((text) => new URL(text).hash === '', { error: 'has a fragment (#...)' })
    .meta({ secret: true });

/** A secret of one line, as headers and signatures need it. */
export const secretSetting = () =>
  z
    .string()
    .min(1)
    .max(1_024)
    .regex(/^[\u0020-\u007e]+$/, 'has a character other than printable ASCII')
    .meta({ secret: true });

/** What every kind that speaks HTTP takes. */
export const httpSettings = () => ({
  url: urlSetting().describe('Where to POST; kept secret'),
  tls: tlsSetting().optional().describe('CA to trust, and client certificate'),
});

/** For servers behind a login of their own. */
export const authorizationSetting = () =>
  secretSetting().optional().describe('Value of the Authorization header: `Bearer ...` or `Basic ...`');

/** The header, and what a server may say of it: the token alone, a login as it is and its password. */
export function authorizationSecrets(value: string | undefined): string[] {
  if (value === undefined) return [];
  const [scheme = '', token = ''] = value.split(/\s+/, 2);
  const login = /^basic$/i.test(scheme) ? Buffer.from(token, 'base64').toString('utf8') : '';
  return [value, token, login, login.slice(login.indexOf(':') + 1)].filter((one) => one !== '');
}

export const JSON_HEADERS = { 'content-type': 'application/json; charset=utf-8' } as const;

export const authorizationHeader = (value: string | undefined): Record<string, string> =>
  value === undefined ? {} : { authorization: value };

/** JSON that every reader takes: half a surrogate pair, which some refuse with the whole body, becomes U+FFFD. */
export const writeJson = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'string' ? inner.toWellFormed() : inner));
