// A cursor over the tokens of an expression, with errors of the form "expected X, found Y".
import { nearest } from '../did-you-mean.ts';
import { meantHint } from './foreign-words.ts';
import { type Token, tokenize } from './lexer.ts';
import { ExpressionError, quoted, type Span } from './syntax.ts';

export type Cursor = {
  /** The position of each part of the expression in the text. */
  readonly spans: Map<object, Span>;
  peek(ahead?: number): Token;
  next(): Token;
  isNext(text: string): boolean;
  accept(text: string): boolean;
  /** Remembers that a part reaches from `start` to the token taken last. */
  mark<T extends object>(part: T, start: number): T;
  fail(message: string, span: Span, hint?: string): never;
  /** Fails at the next token; `words` are those it may be a misspelling of. */
  expected(what: string, words?: readonly string[], hint?: string): never;
  expect(text: string, what?: string): void;
};

export function createCursor(source: string): Cursor {
  const tokens = tokenize(source);
  const spans = new Map<object, Span>();
  let at = 0;

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const next = (): Token => tokens[at < tokens.length - 1 ? at++ : at]!;
  const isNext = (text: string): boolean => peek().text === text && peek().type !== 'string';
  const accept = (text: string): boolean => isNext(text) && next() !== undefined;

  function fail(message: string, span: Span, hint?: string): never {
    throw new ExpressionError(message, source, span, hint);
  }

  function expected(what: string, words: readonly string[] = [], hint?: string): never {
    const token = peek();
    // A word that is right elsewhere is no misspelling of itself.
    const others = words.filter((word) => word !== token.text);
    const near = token.type === 'word' ? nearest(token.text, others) : undefined;
    const found =
      token.type === 'end' ? 'the expression ends' : `found ${quoted(source.slice(token.start, token.end))}`;
    fail(
      `expected ${what}, ${found}`,
      token,
      near ? `Did you mean ${near}?` : (hint ?? meantHint(source, token)),
    );
  }

  return {
    spans,
    peek,
    next,
    isNext,
    accept,
    mark: (part, start) => {
      spans.set(part, { start, end: tokens[at - 1]!.end });
      return part;
    },
    fail,
    expected,
    expect: (text, what = quoted(text)) => {
      if (!accept(text)) expected(what);
    },
  };
}
