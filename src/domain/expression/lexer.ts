// Cuts the text of an expression into tokens.
import { meantHint } from './foreign-words.ts';
import { ExpressionError, quoted, type Span } from './syntax.ts';

export type Token = Span & {
  readonly type: 'word' | 'number' | 'string' | 'operator' | 'match' | 'punctuation' | 'end';
  /** As written; of a string, its value. */
  readonly text: string;
};

/** Longer ones were made by a program that went wrong. */
const MAX_EXPRESSION_LENGTH = 4_096;

const SPACE = /[ \t\r\n]+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*(?:[.:][A-Za-z0-9_]+)*/y;
const DURATION = /-?(?:\d+(?:\.\d+)?(?:ms|[smhdw])){2,}(?![A-Za-z0-9_.])/y;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?:%|[A-Za-z]+(?:\/[A-Za-z]+)?|\/[A-Za-z]+)?/y;
const ESCAPES = new Map([
  ['"', '"'],
  ["'", "'"],
  ['\\', '\\'],
  ['t', '\t'],
  ['n', '\n'],
]);
const MEANT: Readonly<Record<string, string>> = {
  '“': '"',
  '”': '"',
  '‘': "'",
  '’': "'",
  '≥': '>=',
  '≤': '<=',
  '，': ',',
  '、': ',',
};

export function tokenize(source: string): Token[] {
  if (source.length > MAX_EXPRESSION_LENGTH) {
    const span = { start: MAX_EXPRESSION_LENGTH, end: MAX_EXPRESSION_LENGTH + 1 };
    throw new ExpressionError(
      `expression is over the limit of ${MAX_EXPRESSION_LENGTH} characters`,
      source,
      span,
    );
  }
  const tokens: Token[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    return pattern.exec(source)?.[0];
  };
  const push = (type: Token['type'], text: string, length = text.length): void => {
    tokens.push({ type, text, start: at, end: at + length });
    at += length;
  };
  while (at < source.length) {
    const space = take(SPACE);
    if (space !== undefined) {
      at += space.length;
      continue;
    }
    const c = source[at]!;
    const word = take(WORD);
    if (word !== undefined) push('word', word);
    else if (/[\d-]/.test(c)) {
      const number = take(DURATION) ?? take(NUMBER);
      if (number === undefined) throw unexpected(source, at);
      push('number', number);
    } else if (c === '"' || c === "'") {
      const { value, length } = readString(source, at);
      push('string', value, length);
    } else if ('><'.includes(c)) push('operator', source[at + 1] === '=' ? `${c}=` : c);
    else if ('=!~'.includes(c)) push('match', matchOperator(source, at));
    else if ('(){},'.includes(c)) push('punctuation', c);
    else throw unexpected(source, at);
  }
  push('end', '', 0);
  return tokens;
}

function matchOperator(source: string, at: number): string {
  const two = source.slice(at, at + 2);
  if (two === '!=' || two === '!~' || two === '==') return two;
  if (source[at] === '!') throw unexpected(source, at);
  if (two === '=~')
    throw new ExpressionError('unknown operator =~', source, { start: at, end: at + 2 }, 'Write ~ (a glob).');
  if (two === '=>' || two === '=<') {
    const meant = two === '=>' ? '>=' : '<=';
    throw new ExpressionError(
      `unknown operator ${two}`,
      source,
      { start: at, end: at + 2 },
      `Write ${meant}.`,
    );
  }
  return source[at]!;
}

function readString(source: string, start: number): { value: string; length: number } {
  const quote = source[start];
  let value = '';
  for (let i = start + 1; i < source.length; i++) {
    const c = source[i]!;
    if (c === quote) return { value, length: i + 1 - start };
    if (c === '\n') break;
    if (c !== '\\') {
      value += c;
      continue;
    }
    const escaped = ESCAPES.get(source[i + 1] ?? '');
    if (escaped === undefined) {
      const hint = 'Write \\\\ for a backslash; \\" and \\t are the other escapes.';
      throw new ExpressionError('unknown escape', source, { start: i, end: i + 2 }, hint);
    }
    value += escaped;
    i++;
  }
  throw new ExpressionError('string has no end', source, { start, end: start + 1 }, `Close it with ${quote}`);
}

function unexpected(source: string, at: number): ExpressionError {
  const c = String.fromCodePoint(source.codePointAt(at)!);
  const ascii = MEANT[c] ?? c.normalize('NFKC');
  const span = { start: at, end: at + c.length };
  const hint = ascii !== c && /^[\x20-\x7e]+$/.test(ascii) ? `Write ${ascii}` : meantHint(source, span);
  return new ExpressionError(`unexpected character ${quoted(c)}`, source, span, hint);
}
