// Parses the Prometheus text format (0.0.4, and OpenMetrics): samples with their types, and errors by line.

export type TextType = 'counter' | 'gauge' | 'untyped' | 'histogram' | 'summary';

export type TextSample = {
  readonly line: number;
  /** As it is written. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  readonly type: TextType;
};

export type BadLine = { readonly line: number; readonly why: string };

export type ParsedText = { readonly samples: readonly TextSample[]; readonly bad: readonly BadLine[] };

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*/;
const LABEL = /^\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\\n]|\\.)*)"\s*(,|\}|$)/;
/** As Go reads a float; the empty string and 0x forms are none. */
const FLOAT = /^[+-]?(?:\d+\.?\d*(?:[eE][+-]?\d+)?|\.\d+(?:[eE][+-]?\d+)?)$/;
const SPECIAL: Readonly<Record<string, number>> = {
  nan: Number.NaN,
  inf: Number.POSITIVE_INFINITY,
  '+inf': Number.POSITIVE_INFINITY,
  '-inf': Number.NEGATIVE_INFINITY,
};
const TYPES: Readonly<Record<string, TextType>> = {
  counter: 'counter',
  gauge: 'gauge',
  untyped: 'untyped',
  unknown: 'untyped',
  info: 'gauge',
  stateset: 'gauge',
  histogram: 'histogram',
  gaugehistogram: 'histogram',
  summary: 'summary',
};
/** What samples of one metric may add to its name. */
const SUFFIX = /_(?:total|created|bucket|sum|count|info)$/;

/** A line that cannot be read costs that line alone. A last line without its end may be half of one. */
export function parsePrometheusText(bytes: Uint8Array): ParsedText {
  const samples: TextSample[] = [];
  const bad: BadLine[] = [];
  const types = new Map<string, TextType>();
  const lines = linesOf(bytes);
  for (const [i, text] of lines.entries()) {
    const line = i + 1;
    const isLast = line === lines.length;
    if (isLast && text === '') continue;
    const why = text === undefined ? 'it is not UTF-8' : readLine(text, line);
    if (why) bad.push({ line, why });
    else if (isLast && text!.trim() !== '# EOF' && text!.trim() !== '') {
      if (samples.at(-1)?.line === line) samples.pop();
      bad.push({ line, why: 'its end is missing; write to another file and rename it' });
    }
  }
  return { samples, bad };

  function readLine(text: string, line: number): string | undefined {
    const trimmed = text.trim();
    if (trimmed === '') return undefined;
    if (trimmed.startsWith('#')) return readComment(trimmed);
    const sample = readSample(trimmed);
    if (typeof sample === 'string') return sample;
    samples.push({ ...sample, line, type: typeOf(sample.name) });
    return undefined;
  }

  function readComment(text: string): string | undefined {
    const [, name, type] = /^#\s*TYPE\s+(\S+)\s+(\S+)\s*$/.exec(text) ?? [];
    if (name === undefined || type === undefined)
      return /^#\s*TYPE\s/.test(text) ? 'it is no TYPE line: name and type' : undefined;
    const known = TYPES[type.toLowerCase()];
    if (!known) return `unknown type ${type}`;
    types.set(name, known);
    return undefined;
  }

  function typeOf(name: string): TextType {
    const given = types.get(name);
    if (given) return given;
    const base = name.replace(SUFFIX, '');
    const ofBase = types.get(base) ?? 'untyped';
    // The time of creation that OpenMetrics tells beside a counter is a time.
    if (ofBase === 'counter') return name.endsWith('_total') ? 'counter' : 'untyped';
    return ofBase;
  }
}

/** Cut at line feeds before decoding: one line that is not UTF-8 is that line's fault. */
function linesOf(bytes: Uint8Array): (string | undefined)[] {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  try {
    return decoder.decode(bytes).split('\n');
  } catch {
    const lines: (string | undefined)[] = [];
    for (let start = 0; start <= bytes.length; ) {
      const found = bytes.indexOf(10, start);
      const end = found < 0 ? bytes.length : found;
      lines.push(decoded(decoder, bytes.subarray(start, end)));
      start = end + 1;
    }
    return lines;
  }
}

function decoded(decoder: InstanceType<typeof TextDecoder>, bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Without its type and line; a string says why it is none. */
function readSample(text: string): Pick<TextSample, 'name' | 'labels' | 'value'> | string {
  const name = NAME.exec(text)?.[0];
  if (name === undefined) return 'it does not begin with a metric name';
  let rest = text.slice(name.length);
  const labels: Record<string, string> = {};
  const open = /^\s*\{/.exec(rest);
  if (open) {
    const end = readLabels(rest.slice(open[0].length), labels);
    if (typeof end === 'string') return end;
    rest = rest.slice(open[0].length + end);
  } else if (!/^\s/.test(rest)) return 'its metric name has a character that is not allowed';
  // What follows a # is an exemplar.
  const [value = '', time, ...more] = rest
    .replace(/\s#\s.*$/, '')
    .trim()
    .split(/\s+/);
  const number = FLOAT.test(value) ? Number(value) : SPECIAL[value.toLowerCase()];
  if (number === undefined)
    return value === '' ? 'it has no value' : `its value ${quoted(value)} is no number`;
  if (more.length > 0) return 'it has more than a value after the name';
  if (time !== undefined) return 'it has a time of its own; a file is sampled with the tick';
  return { name, labels, value: number };
}

/** How far the labels go, the brace included, or why they are none. */
function readLabels(text: string, into: Record<string, string>): number | string {
  let at = 0;
  for (;;) {
    const rest = text.slice(at);
    const close = /^\s*\}/.exec(rest);
    if (close) return at + close[0].length;
    const label = LABEL.exec(rest);
    if (!label || label[3] === '') return 'its labels are not of the form {name="value"}';
    const [all, name, value, end] = label;
    if (Object.hasOwn(into, name!)) return `it has the label ${name} twice`;
    into[name!] = value!.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char));
    at += all.length;
    if (end === '}') return at;
  }
}

const quoted = (text: string): string => JSON.stringify(text.slice(0, 40));
