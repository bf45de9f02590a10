// What names may look like (ids, metrics, labels), and how they compare.
import { ExpectedError } from './errors.ts';

export const MAX_ID_BYTES = 128;
const MAX_NAME_BYTES = 64;
export const MAX_LABEL_VALUE_BYTES = 128;
export const MAX_LABELS = 8;

const PRINTABLE = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}]*$/u;
// Joiners are format characters, yet emoji and several scripts are written with them.
const JOINERS = /[\u200c\u200d]/g;
const OUTER_SPACE = /^[\s\p{Z}]|[\s\p{Z}]$/u;
const METRIC = /^[a-z][a-z0-9_]*(\.[a-z0-9][a-z0-9_]*)*$/;
const LABEL = /^[a-z][a-z0-9_]*$/;
const REFUSED_PARTS = new Set(['time', 'value']);
const REFUSED_LABELS = new Set(['host_id', 'time']);
const PLAIN_ID = /^[A-Za-z0-9_.:-]{1,128}$/;

/** Why a string is no id, or undefined if it is one. `what` names it in the sentence ("host id"). */
export function idError(id: string, what = 'id'): string | undefined {
  if (PLAIN_ID.test(id)) return undefined;
  if (id === '') return `${what} is empty`;
  const bytes = Buffer.byteLength(id);
  if (bytes > MAX_ID_BYTES) return `${what} is ${bytes} bytes long; the limit is ${MAX_ID_BYTES}`;
  if (!id.isWellFormed()) return `${what} is not well-formed Unicode`;
  if (OUTER_SPACE.test(id)) return `${what} begins or ends with white space`;
  if (!PRINTABLE.test(id.replace(JOINERS, ''))) return `${what} has a character that cannot be printed`;
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
  if (!METRIC.test(metric)) return `metric name ${JSON.stringify(metric)} is not of the form cpu.usage`;
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
  if (!value.isWellFormed()) return 'label value is not well-formed Unicode';
  if (/[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)) return 'label value has a control character';
  if (value.endsWith('\\')) return 'label value ends with a backslash';
  return undefined;
}

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
