// Reads the text of an expression. Grammar: DESIGN section 6; what it means is judged by check.ts.
import { isDuration, parseDuration } from '../duration.ts';
import { canonicalMetric, METRIC_KINDS, metricKind } from '../metric-kinds.ts';
import { compareBytes, didYouMean, labelNameError, labelValueError, metricError, nearest } from '../names.ts';
import { type Token, tokenize } from './lexer.ts';
import { normalQuantity, readQuantity, UNIT_SUFFIXES } from './quantity.ts';
import {
  type Bound,
  type Comparison,
  type Expression,
  ExpressionError,
  FUNCTIONS,
  type FunctionName,
  type HostTest,
  type Level,
  MATCH_OPERATORS,
  type Matcher,
  type MatchOperator,
  type Operator,
  type Quantity,
  quoted,
  SEVERITIES,
  type Severity,
  type Span,
  type Test,
  type Value,
} from './syntax.ts';

/** An expression and where each of its parts stands in the text. */
export type Parsed = {
  readonly source: string;
  readonly expression: Expression;
  readonly spans: ReadonlyMap<object, Span>;
};

const RESERVED = ['and', 'for', 'keep', 'clear', 'silent', 'share', 'abs', ...FUNCTIONS, ...SEVERITIES];
/** `for` and `keep` of a year, a window of a month are slips; windows are held in memory sample by sample. */
const LIMITS = { for: 30 * 86_400_000, keep: 30 * 86_400_000, window: 86_400_000, forecast: 7 * 86_400_000 };
const QUOTE_HINT = 'Quote the whole expression: unquoted, the shell takes > and < for itself.';

/** The expression of a text. Throws {@link ExpressionError} at the first fault. */
export const parseExpression = (source: string): Expression => parse(source).expression;

export function parse(source: string): Parsed {
  const tokens = tokenize(source);
  const spans = new Map<object, Span>();
  let at = 0;

  const peek = (ahead = 0): Token => tokens[Math.min(at + ahead, tokens.length - 1)]!;
  const next = (): Token => tokens[at < tokens.length - 1 ? at++ : at]!;
  const isNext = (text: string): boolean => {
    const { type, text: found } = peek();
    return found === text && type !== 'string';
  };
  const accept = (text: string): boolean => isNext(text) && next() !== undefined;
  const mark = <T extends object>(node: T, start: number): T => {
    spans.set(node, { start, end: tokens[at - 1]!.end });
    return node;
  };
  function fail(message: string, span: Span = peek(), hint?: string): never {
    throw new ExpressionError(message, source, span, hint);
  }
  const found = (token: Token): string =>
    token.type === 'end' ? 'the expression ends' : `found ${quoted(source.slice(token.start, token.end))}`;
  function expected(what: string, words: readonly string[] = [], hint?: string): never {
    const token = peek();
    const near = token.type === 'word' ? nearest(token.text, words) : undefined;
    return fail(`expected ${what}, ${found(token)}`, token, near ? `Did you mean ${near}?` : hint);
  }
  const expect = (text: string, what = quoted(text)): void => {
    if (!accept(text)) expected(what);
  };

  function condition<T extends Test>(test: () => T): T[] {
    const tests = [test()];
    while (accept('and')) tests.push(test());
    return tests;
  }

  function test(): Test {
    return isNext('share') && peek(1).text === '(' ? share() : hostTest();
  }

  function share(): Test {
    const { start } = next();
    expect('(');
    const of = condition(hostTest);
    if (isNext('for') || isNext('keep'))
      fail(`"${peek().text}" stands once, at the end of the expression`, peek());
    expect(')');
    const op = operator(SEVERITIES);
    const token = peek();
    if (token.type !== 'number') expected('a percentage');
    next();
    const percent = quantity(token);
    if (percent.unit !== 'percent') {
      const { value } = percent;
      const meant = value > 0 && value <= 1 ? Number((value * 100).toPrecision(12)) : value;
      fail('a share is compared with a percentage', token, `Write ${meant}%.`);
    }
    const node = { kind: 'share' as const, of, op, percent: percent.value };
    if (!accept('min')) return mark(node, start);
    const count = peek();
    const min = Number(count.text);
    if (count.type !== 'number' || !Number.isSafeInteger(min) || min < 1)
      fail('expected a number of hosts, 1 or more', count);
    next();
    return mark({ ...node, min }, start);
  }

  function hostTest(): HostTest {
    const { start } = peek();
    if (isNext('share') && peek(1).text === '(') return fail('a share cannot stand inside a share', peek());
    if (isNext('silent')) {
      next();
      return mark({ kind: 'silent' }, start);
    }
    const value = comparedValue();
    const levels = [level(value)];
    while (isNext(',')) {
      const comma = peek();
      const after = peek(1);
      if (after.type === 'number' && after.start === comma.end)
        fail('unexpected comma in a number', comma, 'The decimal point is a dot.');
      next();
      levels.push(level(value));
    }
    const severe = (l: Level): number => (l.severity === undefined ? -1 : SEVERITIES.indexOf(l.severity));
    levels.sort((a, b) => severe(a) - severe(b));
    const node: Comparison = { kind: 'compare', value, levels };
    return mark(node, start);
  }

  function comparedValue(): Value {
    const { start, text } = peek();
    const called = peek(1).text === '(' && peek().type === 'word';
    const abs = called && text === 'abs';
    if (abs) at += 2;
    const value = { ...(called && !abs ? call() : abs && peek(1).text === '(' ? call() : plain()), abs };
    if (abs) expect(')');
    return mark(value, start);
  }

  function plain(): Omit<Value, 'abs'> {
    return { fn: 'last', ...metric(), durationMs: 0 };
  }

  function call(): Omit<Value, 'abs'> {
    const name = peek();
    if (!FUNCTIONS.includes(name.text as FunctionName)) {
      if (name.text === 'abs') fail('abs stands outside, once', name, 'Write abs(avg(metric, 10m)).');
      const words = ['abs', 'share', ...FUNCTIONS];
      const near = nearest(name.text, words);
      fail(
        `unknown function ${quoted(name.text)}`,
        name,
        near ? `Did you mean ${near}?` : `Functions are ${words.join(', ')}.`,
      );
    }
    at += 2;
    const fn = name.text as FunctionName;
    const inner = metric();
    if (!isNext(','))
      expected(`", ${fn === 'forecast' ? 'horizon' : 'window'}"`, [], `Write ${fn}(${inner.metric}, 10m).`);
    next();
    const durationMs = duration(fn === 'forecast' ? 'forecast' : 'window');
    expect(')');
    return { fn, ...inner, durationMs };
  }

  function metric(): Pick<Value, 'metric' | 'matchers'> {
    const token = peek();
    if (token.type !== 'word' || RESERVED.includes(token.text))
      expected('a metric', [], token.type === 'string' ? 'Metrics are written without quotes.' : undefined);
    const name = canonicalMetric(token.text);
    const fault = metricError(name);
    if (fault !== undefined) {
      const names = [...RESERVED, ...METRIC_KINDS.map((kind) => kind.name)];
      fail(fault, token, didYouMean(token.text, names));
    }
    next();
    return { metric: name, matchers: accept('{') ? matchers() : [] };
  }

  function matchers(): Matcher[] {
    const list: Matcher[] = [];
    do list.push(matcher());
    while (accept(','));
    expect('}', '"," or "}"');
    // One form for what means the same, whatever the order in the text.
    return list.sort(
      (a, b) => compareBytes(a.label, b.label) || compareBytes(a.op, b.op) || compareBytes(a.value, b.value),
    );
  }

  function matcher(): Matcher {
    const label = peek();
    if (label.type !== 'word') expected('a label');
    const labelFault = labelNameError(label.text);
    if (labelFault !== undefined) fail(labelFault, label);
    next();
    const op = peek();
    if (!MATCH_OPERATORS.includes(op.text as MatchOperator) || op.type !== 'match')
      expected('=, !=, ~ or !~');
    next();
    const value = peek();
    if (value.type !== 'string') expected('a quoted string', [], `Write ${label.text}${op.text}"..."`);
    const valueFault = labelValueError(value.text);
    if (valueFault !== undefined) fail(valueFault, value);
    next();
    return mark({ label: label.text, op: op.text as MatchOperator, value: value.text }, label.start);
  }

  function level(value: Value): Level {
    const { start } = peek();
    const bound = boundOf(value);
    const word = peek();
    const severity = SEVERITIES.find((name) => name === word.text);
    if (severity !== undefined) next();
    const clearAt = peek();
    const clear = accept('clear') ? boundOf(value) : undefined;
    if (clear !== undefined) spans.set(clear, { start: clearAt.start, end: tokens[at - 1]!.end });
    if (severity === undefined && clear !== undefined && SEVERITIES.includes(peek().text as Severity))
      fail('the severity stands before "clear"', peek());
    return mark({ ...bound, ...(severity && { severity }), ...(clear && { clear }) }, start);
  }

  function boundOf(value: Value): Bound {
    const op = operator();
    const token = peek();
    if (token.type !== 'number') expected('a number');
    next();
    const read = normalQuantity(quantity(token), metricKind(value.metric)?.unit);
    const bound: Quantity = { ...read };
    spans.set(bound, token);
    const after = peek();
    if (after.type === 'word' && (UNIT_SUFFIXES.includes(after.text) || /^(gb|mb|kb)$/i.test(after.text)))
      fail(`unit "${after.text}" stands apart from its number`, after, `Write ${token.text}${after.text}.`);
    return { op, bound };
  }

  function operator(words: readonly string[] = []): Operator {
    const token = peek();
    if (token.type === 'operator') return next().text as Operator;
    if (token.type === 'match' && token.text === '=')
      return fail('values are compared with >, >=, < or <=', token);
    const shellAte = token.type === 'end' || ['for', 'and', 'keep', 'clear'].includes(token.text);
    return expected('>, >=, < or <=', words, shellAte ? QUOTE_HINT : undefined);
  }

  function quantity(token: Token): Quantity {
    const read = readQuantity(token.text);
    return 'fault' in read ? fail(read.fault, token, read.hint) : read;
  }

  function duration(what: keyof typeof LIMITS): number {
    const token = peek();
    if (token.type !== 'number') expected('a duration', [], 'Write 30s, 5m or 1h30m.');
    if (!isDuration(token.text)) {
      const bare = /^\d+$/.test(token.text);
      const hint = bare ? `Did you mean ${token.text}s or ${token.text}m?` : 'Write 30s, 5m or 1h30m.';
      fail(bare ? 'duration has no unit' : `${quoted(token.text)} is not a duration`, token, hint);
    }
    const ms = parseDuration(token.text);
    if (ms < 1_000) fail('duration is under 1 s', token);
    if (ms > LIMITS[what]) {
      const name = what === 'forecast' ? 'horizon' : what;
      fail(`${name} is over the limit of ${LIMITS[what] / 86_400_000} d`, token);
    }
    next();
    return ms;
  }

  if (peek().type === 'end') fail('expression is empty', peek(), 'Write cpu.usage > 90 for 5m.');
  const tests = condition(test);
  const forMs = accept('for') ? duration('for') : 0;
  const keepMs = accept('keep') ? duration('keep') : 0;
  const rest = peek();
  if (rest.type !== 'end') {
    if (isNext('or')) fail('there is no "or"', rest, 'Write two rules.');
    if (isNext('and')) fail('"for" and "keep" stand once, at the end of the expression', rest);
    if (isNext('for')) fail(forMs > 0 ? '"for" stands once' : '"for" stands before "keep"', rest);
    if (isNext('clear')) fail('"clear" stands directly after its bound and severity', rest);
    expected('the end', ['and', 'for', 'keep', 'clear', ...SEVERITIES]);
  }
  return { source, expression: { tests, forMs, keepMs }, spans };
}
