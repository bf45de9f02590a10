// Numbers, durations and strings as PromQL writes them.

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};
const DURATION = /^(?:\d+(?:ms|[smhdwy]))+$/;

/** Whether a number is written as one. */
export const isDuration = (text: string): boolean => DURATION.test(text.replace(/^[-+]\s*/, ''));

/** Undefined when it is none. A duration is its seconds. */
export function readNumber(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const word = text.replace(/^[-+]\s*/, '');
  if (/^inf$/i.test(word)) return sign * Number.POSITIVE_INFINITY;
  if (/^nan$/i.test(word)) return Number.NaN;
  if (/^0x[0-9a-f]+$/i.test(word)) return sign * Number.parseInt(word, 16);
  if (DURATION.test(word)) return (sign * unitsOf(word)) / 1_000;
  const plain = word.replaceAll('_', '');
  const value = plain === '' ? Number.NaN : Number(plain);
  return Number.isNaN(value) ? undefined : sign * value;
}

/** Milliseconds of `5m`, of `300` (seconds) or of `-5m`; undefined when it is neither. */
export function readDuration(text: string): number | undefined {
  const sign = text.startsWith('-') ? -1 : 1;
  const word = text.replace(/^[-+]\s*/, '');
  const ms = DURATION.test(word) ? unitsOf(word) : (readNumber(word) ?? Number.NaN) * 1_000;
  return Number.isFinite(ms) ? sign * Math.round(ms) : undefined;
}

function unitsOf(word: string): number {
  let ms = 0;
  for (const [, count, unit] of word.matchAll(/(\d+)(ms|[smhdwy])/g)) ms += Number(count) * UNIT_MS[unit!]!;
  return ms;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

/** A string literal without its quotes, escapes as in Go; undefined when it is not terminated or an escape is unknown. */
export function readString(text: string): string | undefined {
  const quote = text[0];
  if (text.length < 2 || text.at(-1) !== quote) return undefined;
  const inner = text.slice(1, -1);
  if (quote === '`') return inner;
  let unknown = false;
  const value = inner.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.|$))/gs,
    (_all, hex, short, long, octal, other) => {
      const code = hex ?? short ?? long;
      if (code !== undefined && Number.parseInt(code, 16) <= 0x10ffff)
        return String.fromCodePoint(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
      if (ESCAPES[other]) return ESCAPES[other];
      if (other === '\\' || other === quote) return other;
      unknown = true;
      return '';
    },
  );
  return unknown ? undefined : value;
}
