// InfluxDB line protocol: a body into lines of tags, numbers and a time. One line that is malformed costs that line.

export type Line = {
  readonly measurement: string;
  readonly tags: ReadonlyMap<string, string>;
  /** Numbers only: texts and booleans make no sample. */
  readonly fields: ReadonlyMap<string, number>;
  /** A whole number in the unit of the request's precision; nanoseconds are more than a number holds exactly. */
  readonly time: string | undefined;
};

export type MalformedLine = { readonly line: number; readonly reason: string };

const LF = 10;
const CR = 13;
const SPACE = 32;
const QUOTE = 34;
const HASH = 35;
const COMMA = 44;
const EQUALS = 61;
const BACKSLASH = 92;

const FLOAT = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?$/;
const INTEGER = /^-?\d+[iu]$/;
const BOOLEAN = /^(?:t|T|true|True|TRUE|f|F|false|False|FALSE)$/;
const TIME = /^-?\d{1,19}$/;

class LineError extends Error {}

/** Calls `onLine` for each line in order; those that are malformed go to `onMalformed` with their number. */
export function readLines(
  text: string,
  onLine: (line: Line) => void,
  onMalformed: (malformed: MalformedLine) => void,
  firstLine = 1,
): void {
  let at = 0;
  let line = firstLine;
  while (at < text.length) {
    const start = at;
    const end = text.indexOf('\n', start);
    const code = text.charCodeAt(start);
    if (code === HASH || code === LF || (code === CR && end === start + 1)) {
      at = end < 0 ? text.length : end + 1;
    } else {
      try {
        const reader = createLineReader(text, start);
        const read = reader.line();
        at = reader.at();
        onLine(read);
      } catch (error) {
        if (!(error instanceof LineError)) throw error;
        onMalformed({ line, reason: error.message });
        at = end < 0 ? text.length : end + 1;
      }
    }
    // A text may go over several lines.
    for (let i = text.indexOf('\n', start); i >= 0 && i < at; i = text.indexOf('\n', i + 1)) line++;
  }
}

function createLineReader(text: string, start: number) {
  let at = start;

  /** Up to an unescaped character that ends it, which `isEnd` knows; line feeds always do. */
  function token(isEnd: (code: number) => boolean): string {
    const from = at;
    let escaped = false;
    for (; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === LF || isEnd(code)) break;
      if (code === BACKSLASH && at + 1 < text.length && text.charCodeAt(at + 1) !== LF) {
        escaped = true;
        at++;
      }
    }
    const found = text.slice(from, at);
    return escaped ? found.replace(/\\([,= ])/g, '$1') : found;
  }

  function expect(code: number, what: string): void {
    if (text.charCodeAt(at) !== code) throw new LineError(what);
    at++;
  }

  function tags(): Map<string, string> {
    const found = new Map<string, string>();
    while (text.charCodeAt(at) === COMMA) {
      at++;
      const key = token((code) => code === EQUALS || code === COMMA || code === SPACE);
      expect(EQUALS, `tag ${JSON.stringify(key.slice(0, 64))} has no value`);
      const value = token((code) => code === COMMA || code === SPACE);
      if (key === '' || value === '') throw new LineError('a tag has no name or no value');
      if (found.has(key)) throw new LineError(`tag ${JSON.stringify(key.slice(0, 64))} is there twice`);
      found.set(key, value);
    }
    return found;
  }

  function quoted(): void {
    for (at++; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code === BACKSLASH) at++;
      else if (code === QUOTE) {
        at++;
        return;
      }
    }
    throw new LineError('a text has no closing quote');
  }

  function fields(): Map<string, number> {
    const found = new Map<string, number>();
    for (;;) {
      const key = token((code) => code === EQUALS || code === COMMA || code === SPACE);
      if (key === '') throw new LineError('a field has no name');
      expect(EQUALS, `field ${JSON.stringify(key.slice(0, 64))} has no value`);
      if (text.charCodeAt(at) === QUOTE) quoted();
      else {
        const from = at;
        while (at < text.length && !isFieldEnd(text.charCodeAt(at))) at++;
        const number = numberOf(text.slice(from, at), key);
        if (number !== undefined) found.set(key, number);
      }
      if (text.charCodeAt(at) !== COMMA) return found;
      at++;
    }
  }

  return {
    at: () => at,
    line(): Line {
      const measurement = token((code) => code === COMMA || code === SPACE);
      if (measurement === '') throw new LineError('the measurement is empty');
      const found = tags();
      expect(SPACE, 'the line has no fields');
      while (text.charCodeAt(at) === SPACE) at++;
      const numbers = fields();
      const end = text.indexOf('\n', at);
      const rest = text.slice(at, end < 0 ? text.length : end).trim();
      at = end < 0 ? text.length : end + 1;
      if (rest !== '' && !TIME.test(rest)) {
        throw new LineError(`${JSON.stringify(rest.slice(0, 64))} is not a timestamp`);
      }
      return { measurement, tags: found, fields: numbers, time: rest === '' ? undefined : rest };
    },
  };
}

const isFieldEnd = (code: number): boolean => code === COMMA || code === SPACE || code === LF || code === CR;

function numberOf(text: string, key: string): number | undefined {
  if (BOOLEAN.test(text)) return undefined;
  const value = INTEGER.test(text) ? Number(text.slice(0, -1)) : FLOAT.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  throw new LineError(
    `field ${JSON.stringify(key.slice(0, 64))} has the value ${JSON.stringify(text.slice(0, 64))}`,
  );
}
