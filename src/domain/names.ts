// What names may look like (ids, metrics, labels), how they compare, and the nearest one to a misspelt word.
import { ExpectedError } from './errors.ts';

export const MAX_ID_BYTES = 128;
export const MAX_NAME_BYTES = 64;
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

/** The candidate nearest to `word` by edit distance, if it is near enough to be what was meant. */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = word.slice(0, MAX_ID_BYTES).toLowerCase();
  const limit = Math.max(1, Math.floor(wanted.length / 3));
  let best: string | undefined;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const lower = candidate.toLowerCase();
    if (Math.abs(lower.length - wanted.length) >= bestDistance) continue;
    const distance = editDistance(wanted, lower);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** "did you mean web-17?" as a hint, or `otherwise` when nothing is near. */
export function didYouMean(
  word: string,
  candidates: Iterable<string>,
  otherwise?: string,
): string | undefined {
  const near = nearest(word, candidates);
  return near === undefined ? otherwise : `Did you mean ${near}?`;
}

/** Insertions, deletions, substitutions, and swaps of neighbours (752 for 725), each one edit. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = last[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(last[j]! + 1, row[j - 1]! + 1, substitution));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        row[j] = Math.min(row[j]!, beforeLast[j - 2]! + 1);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}
