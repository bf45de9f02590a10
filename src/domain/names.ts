// What names may look like (ids, metrics, labels), and how they compare.
import { ExpectedError } from './errors.ts';

export const MAX_ID_BYTES = 128;
const MAX_NAME_BYTES = 64;
export const MAX_LABEL_VALUE_BYTES = 128;
export const MAX_LABELS = 8;
/** Of a series that another agent measured. */
export const MAX_FOREIGN_LABELS = 17;

// What a reader cannot see, or takes for an ordinary space, would make an id the twin of another: also fillers, variation
// selectors, the empty braille cell and other symbols that are drawn as nothing.
const UNPRINTABLE =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800\u{16fe4}\u{1d159}]|(?![ \u3000])\p{Zs}/u;
// Joiners are format characters, yet emoji and several scripts are written with them: they may stand where they change
// what is drawn.
const VIRAMA = '[\\u094d\\u09cd\\u0a4d\\u0acd\\u0b4d\\u0bcd\\u0c4d\\u0ccd\\u0d4d\\u0dca\\u1039\\u17d2]';
const ARABIC = '[\\p{Script=Arabic}&&\\p{L}]';
const JOINS_NO_NEXT =
  '[\\u0621-\\u0625\\u0627\\u0629\\u062f-\\u0632\\u0648\\u0671-\\u0677\\u0688-\\u0699\\u06c0-\\u06cb\\u06cd\\u06cf\\u06d2-\\u06d5\\u06ee\\u06ef]';
const EMOJI = '\\p{Extended_Pictographic}';
const JOINERS = new RegExp(
  [
    `(?<=${VIRAMA})[\\u200c\\u200d]`,
    `(?<=(?!${JOINS_NO_NEXT})${ARABIC}\\p{M}*)\\u200c(?=${ARABIC})`,
    `(?<=${EMOJI}\\p{Emoji_Modifier}?)\\u200d(?=${EMOJI})`,
  ].join('|'),
  'gv',
);
const OUTER_SPACE = /^[\s\p{Z}]|[\s\p{Z}]$/u;
const METRIC = /^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*$/;
/** As Prometheus spells them, kept as they came: capitals matter. A dot is in minimon's own only. */
const RAW_METRIC = /^[A-Za-z:][A-Za-z0-9_:]*$/;
const LABEL = /^[A-Za-z][A-Za-z0-9_]*$/;
const REFUSED_PARTS = new Set(['time', 'value']);
const REFUSED_LABELS = new Set(['host_id', 'time']);
const PLAIN_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Why a string is not a valid id, or undefined if it is. `what` names it in the sentence ("host id"). */
export function idError(id: string, what = 'id'): string | undefined {
  if (PLAIN_ID.test(id)) return undefined;
  if (id === '') return `${what} is empty`;
  const bytes = Buffer.byteLength(id);
  if (bytes > MAX_ID_BYTES) return `${what} is ${bytes} bytes long; the limit is ${MAX_ID_BYTES}`;
  if (!id.isWellFormed()) return `${what} is not well-formed Unicode`;
  if (OUTER_SPACE.test(id)) return `${what} begins or ends with white space`;
  const unprintable = UNPRINTABLE.test(id) && UNPRINTABLE.exec(id.replace(JOINERS, ''))?.[0];
  if (unprintable) {
    const code = unprintable.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0');
    const why = /\p{Zs}/u.test(unprintable) ? 'looks like a space but is not one' : 'cannot be printed';
    return `${what} has a character that ${why} (U+${code})`;
  }
  if (id.normalize('NFC') !== id) return `${what} is not in Unicode normal form C (write it composed)`;
  if (id.endsWith('\\')) return `${what} ends with a backslash`;
  return undefined;
}

export function checkId(id: string, what = 'host id'): string {
  const error = idError(id, what);
  if (error) {
    throw new ExpectedError('BAD_ID', error, {
      hint: 'Ids are 1 to 128 bytes of printable Unicode without white space at either end.',
    });
  }
  return id;
}

const SHOWN_CHARS = 40;

/** BAD_ID unless it is a host id. Never trims or folds: an id that is nearly another's is not that other's. */
export const checkHostId = (hostId: string): string => checkId(hostId, `host id ${quoted(hostId)}`);

export const checkLocation = (location: string): string => checkId(location, `location ${quoted(location)}`);

const quoted = (id: string): string =>
  JSON.stringify(id.length > SHOWN_CHARS ? `${id.slice(0, SHOWN_CHARS)}…` : id);

export function metricError(metric: string): string | undefined {
  if (Buffer.byteLength(metric) > MAX_NAME_BYTES)
    return `metric name is over the limit of ${MAX_NAME_BYTES} bytes`;
  if (!METRIC.test(metric) && !RAW_METRIC.test(metric))
    return `metric name ${JSON.stringify(metric)} is not of the form cpu.usage`;
  for (const part of metric.split('.')) {
    if (REFUSED_PARTS.has(part)) return `metric name has the reserved part "${part}"`;
  }
  return undefined;
}

export function labelNameError(name: string): string | undefined {
  if (Buffer.byteLength(name) > MAX_NAME_BYTES)
    return `label name is over the limit of ${MAX_NAME_BYTES} bytes`;
  if (!LABEL.test(name) || REFUSED_LABELS.has(name))
    return `label name ${JSON.stringify(name)} is not allowed`;
  return undefined;
}

export function labelValueError(value: string): string | undefined {
  if (Buffer.byteLength(value) > MAX_LABEL_VALUE_BYTES) {
    return `label value is over the limit of ${MAX_LABEL_VALUE_BYTES} bytes`;
  }
  return textError(value, 'label value');
}

/** Why a text cannot be stored by every backend. */
export function textError(text: string, what: string): string | undefined {
  if (!text.isWellFormed()) return `${what} is not well-formed Unicode`;
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(text)) return `${what} has a control character`;
  if (text.endsWith('\\')) return `${what} ends with a backslash`;
  return undefined;
}

/** `lastSeenMs` is `last_seen_ms` on a wire and in files. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Orders strings by their UTF-8 bytes, as every backend does. JavaScript's `<` orders UTF-16 units instead. */
export function compareBytes(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i);
    const y = b.charCodeAt(i);
    if (x === y) continue;
    // Surrogates stand for code points above U+FFFF, which UTF-8 orders after all others.
    const xHigh = x >= 0xd800 && x <= 0xdfff;
    const yHigh = y >= 0xd800 && y <= 0xdfff;
    if (xHigh !== yHigh) return xHigh ? 1 : -1;
    return x - y;
  }
  return a.length - b.length;
}
