// The performance data of a Nagios plugin: 'label'=value[UOM];warn;crit;min;max after the first bar of its output.

export type PerfValue = {
  readonly label: string;
  /** In the base of its unit: seconds, bytes, percent. */
  readonly value: number;
  /** The unit c: it only grows. */
  readonly counter: boolean;
};

export type Perfdata = { readonly values: readonly PerfValue[]; readonly bad: readonly string[] };

/** Bytes go by 1,024, as the plugins count them. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  '%': 1,
  c: 1,
  s: 1,
  ms: 1e-3,
  us: 1e-6,
  µs: 1e-6,
  ns: 1e-9,
  b: 1,
  kb: 2 ** 10,
  mb: 2 ** 20,
  gb: 2 ** 30,
  tb: 2 ** 40,
  pb: 2 ** 50,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

const NUMBER = /^([+-]?(?:\d+(?:[.,]\d+)?|[.,]\d+)(?:[eE][+-]?\d+)?)(.*)$/;

/** Of the first line and of what follows a bar in later lines. Thresholds and limits are dropped. */
export function parsePerfdata(output: string): Perfdata {
  const values: PerfValue[] = [];
  const bad: string[] = [];
  for (const part of perfdataOf(output)) readPart(part);
  return { values, bad };

  function readPart(text: string): void {
    for (let at = afterSpace(text, 0); at < text.length; ) {
      const labelEnd = text[at] === "'" ? afterQuoted(text, at) : endOf(LABEL_END, text, at);
      const end = endOf(SPACE, text, labelEnd);
      const item = text.slice(at, end);
      const [value = ''] = text.slice(labelEnd + 1, end).split(';', 1);
      const label = text.slice(at, labelEnd).replace(/^'|'$/g, '').replaceAll("''", "'").trim();
      const read = text[labelEnd] === '=' && label !== '' ? readValue(value) : undefined;
      if (read) values.push({ label, ...read });
      // U is a value that the plugin could not find out.
      else if (value !== 'U') bad.push(item);
      at = afterSpace(text, end);
    }
  }
}

/** By hand: a regular expression over a label of 64 KiB looks at it again and again. */
const SPACE = /\s/g;
const NO_SPACE = /\S/g;
const LABEL_END = /[\s=]/g;

function endOf(sought: RegExp, text: string, from: number): number {
  sought.lastIndex = from;
  return sought.exec(text)?.index ?? text.length;
}

const afterSpace = (text: string, from: number): number => endOf(NO_SPACE, text, from);

/** A quote inside is written twice. Without a closing one the rest of the text is the label. */
function afterQuoted(text: string, from: number): number {
  for (let at = from + 1; ; at += 2) {
    at = text.indexOf("'", at);
    if (at < 0) return text.length;
    if (text[at + 1] !== "'") return at + 1;
  }
}

function readValue(text: string): Pick<PerfValue, 'value' | 'counter'> | undefined {
  const [, number, unit = ''] = NUMBER.exec(text) ?? [];
  const factor = UNITS[unit.toLowerCase()];
  // An unknown unit is a unit of its own: the number stands as it is.
  if (number === undefined || (factor === undefined && !/^[\p{L}°/%]+$/u.test(unit))) return undefined;
  // To fifteen digits: 345 ms is 0.345 s.
  const value = Number((Number(number.replace(',', '.')) * (factor ?? 1)).toPrecision(15));
  return Number.isFinite(value) ? { value, counter: unit === 'c' } : undefined;
}

/** `text | perfdata`, then long text, and after a second bar more perfdata until the end. */
function perfdataOf(output: string): string[] {
  const [first = '', ...rest] = output.split(/\r?\n/);
  const parts: string[] = [];
  const bar = first.indexOf('|');
  if (bar >= 0) parts.push(first.slice(bar + 1));
  const second = rest.findIndex((line) => line.includes('|'));
  if (second >= 0) parts.push(rest[second]!.slice(rest[second]!.indexOf('|') + 1), ...rest.slice(second + 1));
  return parts;
}
