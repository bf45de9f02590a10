// The kinds of value that settings have, as zod pieces: addresses, durations and sizes as people write them.
import { z } from 'zod';
import { isAddress } from '../domain/address.ts';
import { isDuration, parseDuration } from '../domain/duration.ts';

/** `host:port`; `[::1]:8000` for IPv6. */
export const addressSetting = () =>
  z.string().refine(isAddress, { error: 'is not an address of the form host:port' });

/** `http://host:port`. No secret, and lists and messages show it: what logs in has no place there. `instead`: what the server takes. */
export const serverUrlSetting = (instead: string) =>
  z
    .url({ protocol: /^https?$/, error: 'is not an address of the form http://host:port', abort: true })
    .refine((url) => new URL(url).username === '' && new URL(url).password === '', {
      error: `must not hold a name or password; ${instead}`,
    });

/** `60s`, `7d`: milliseconds once parsed, between the bounds. */
export const durationSetting = (bounds: { readonly min?: string; readonly max?: string } = {}) =>
  z
    .string()
    .refine(isDuration, { error: 'is not a duration; write a number and a unit: 30s, 5m, 7d', abort: true })
    .refine((text) => parseDuration(text) >= parseDuration(bounds.min ?? '0s'), {
      error: `is under ${bounds.min}`,
    })
    .refine((text) => parseDuration(text) <= parseDuration(bounds.max ?? '36500d'), {
      error: `is over ${bounds.max}`,
    })
    .transform((text) => parseDuration(text));

const SIZE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
  TIB: 2 ** 40,
};
const SIZE = /^(\d+(?:\.\d+)?)\s*([KMGT]?I?B)$/i;

/** `2GiB`, `500MB`: bytes once parsed. */
export const sizeSetting = () =>
  z
    .string()
    .refine((text) => SIZE.test(text.trim()), {
      error: 'is not a size; write a number and a unit: 500MB, 2GiB',
      abort: true,
    })
    .transform((text) => {
      const [, number, unit] = SIZE.exec(text.trim())!;
      return Math.floor(Number(number) * SIZE_UNITS[unit!.toUpperCase()]!);
    });

/** TLS of a client or a listener: PEM texts. */
export const tlsSetting = () =>
  z.strictObject({
    ca: z
      .string()
      .optional()
      .meta({ fromFile: true, keepsPath: true })
      .describe('CA certificate to trust (PEM) [default: those of the system]'),
    cert: z.string().optional().meta({ fromFile: true, keepsPath: true }).describe('Certificate (PEM)'),
    key: z
      .string()
      .optional()
      .meta({ secret: true, keepsPath: true })
      .describe('Private key of the certificate (PEM)'),
    // Where they were read from: what changes there is read again.
    caPath: z.string().optional().meta({ internal: true }),
    certPath: z.string().optional().meta({ internal: true }),
    keyPath: z.string().optional().meta({ internal: true }),
  });
