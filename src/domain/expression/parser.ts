// Parses an expression. The grammar is in docs/alerts.md; semantic checks are in check.ts.
import { didYouMean, nearest } from '../did-you-mean.ts';
import { isDuration, parseDuration } from '../duration.ts';
import { canonicalMetric, metricKind } from '../metric-kinds.ts';
import { METRIC_KINDS } from '../metric-table.ts';
import { compareBytes, labelNameError, labelValueError, metricError } from '../names.ts';
import { withoutNoise } from '../units.ts';
import { type Cursor, createCursor } from './cursor.ts';
import { functionHint, SCOPE } from './foreign-words.ts';
import type { Token } from './lexer.ts';
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
  severityRank,
  type Test,
  type Value,
} from './syntax.ts';

/** An expression and the position of each of its parts in the text. */
export type Parsed = {
  readonly source: string;
  readonly expression: Expression;
  readonly spans: ReadonlyMap<object, Span>;
};

const RESERVED = ['and', 'for', 'keep', 'clear', 'silent', 'share', 'abs', ...FUNCTIONS, ...SEVERITIES];
/** `for` and `keep` of a year, a window of a month are slips; windows are held in memory sample by sample. */
const LIMITS = { for: 30 * 86_400_000, keep: 30 * 86_400_000, window: 86_400_000, forecast: 7 * 86_400_000 };
const QUOTE_HINT = 'Quote the whole expression: unquoted, the shell takes > and < for itself.';

/** The expression of a text. Throws an ExpressionError at the first fault. */
export const parseExpression = (source: string): Expression => parse(source).expression;

export function parse(source: string): Parsed {
  const c: Cursor = createCursor(source);
  if (c.peek().type === 'end') c.fail('expression is empty', c.peek(), 'Write cpu.usage > 90 for 5m.');
  const tests = condition(c, test);
  const forMs = c.accept('for') ? duration(c, 'for') : 0;
  const keepMs = c.accept('keep') ? duration(c, 'keep') : 0;
  const rest = c.peek();
  if (rest.type !== 'end') {
    if (c.isNext('or')) c.fail('there is no "or"', rest, 'Write two rules.');
    if (c.isNext('and')) c.fail('write "for" and "keep" once, at the end of the expression', rest);
    if (c.isNext('for'))
      c.fail(forMs > 0 ? '"for" may occur only once' : '"for" must come before "keep"', rest);
    if (c.isNext('clear')) c.fail('write "clear" directly after its bound and severity', rest);
    c.expected('the end', ['and', 'for', 'keep', 'clear', ...SEVERITIES]);
  }
  return { source, expression: { tests, forMs, keepMs }, spans: c.spans };
}

/** One series by its labels, `disk.usage{mount="/"}`. Throws an ExpressionError. */
export function parseSeries(source: string): {
  readonly metric: string;
  readonly labels: Readonly<Record<string, string>>;
} {
  const c = createCursor(source);
  const { metric: name, matchers } = metric(c);
  if (c.peek().type !== 'end') c.expected('the end');
  const other = matchers.find(({ op }) => op !== '=');
  if (other !== undefined) {
    const span = c.spans.get(other) ?? { start: 0, end: source.length };
    throw new ExpressionError('a series has its labels with =', source, span);
  }
  return { metric: name, labels: Object.fromEntries(matchers.map(({ label, value }) => [label, value])) };
}

function condition<T extends Test>(c: Cursor, test: (c: Cursor) => T): T[] {
  const tests = [test(c)];
  while (c.accept('and')) tests.push(test(c));
  return tests;
}

function test(c: Cursor): Test {
  return c.isNext('share') && c.peek(1).text === '(' ? share(c) : hostTest(c);
}

function share(c: Cursor): Test {
  const { start } = c.next();
  c.expect('(');
  const of = condition(c, hostTest);
  if (c.isNext('for') || c.isNext('keep'))
    c.fail(`write "${c.peek().text}" once, at the end of the expression`, c.peek());
  c.expect(')');
  const op = operator(c, { words: SEVERITIES });
  const token = c.peek();
  if (token.type !== 'number') c.expected('a percentage');
  c.next();
  const percent = quantity(c, token);
  if (percent.unit !== 'percent') {
    const { value } = percent;
    const meant = value > 0 && value <= 1 ? withoutNoise(value * 100) : value;
    c.fail('a share is compared with a percentage', token, `Write ${meant}%.`);
  }
  const node = { kind: 'share' as const, of, op, percent: percent.value };
  if (!c.accept('min')) return c.mark(node, start);
  const count = c.peek();
  const min = Number(count.text);
  if (count.type !== 'number' || !Number.isSafeInteger(min) || min < 1)
    c.fail('expected a number of hosts, 1 or more', count);
  c.next();
  return c.mark({ ...node, min }, start);
}

function hostTest(c: Cursor): HostTest {
  const { start } = c.peek();
  if (c.isNext('share') && c.peek(1).text === '(') return c.fail('shares cannot be nested', c.peek());
  if (c.isNext('silent')) {
    c.next();
    return c.mark({ kind: 'silent' }, start);
  }
  const value = comparedValue(c);
  const levels = [level(c, value)];
  while (c.isNext(',')) {
    const comma = c.peek();
    const after = c.peek(1);
    if (after.type === 'number' && after.start === comma.end)
      c.fail('unexpected comma in a number', comma, 'The decimal point is a dot.');
    c.next();
    levels.push(level(c, value));
  }
  const severe = (l: Level): number => (l.severity === undefined ? -1 : severityRank(l.severity));
  levels.sort((a, b) => severe(a) - severe(b));
  const node: Comparison = { kind: 'compare', value, levels };
  return c.mark(node, start);
}

function comparedValue(c: Cursor): Value {
  const { start, text } = c.peek();
  const called = c.peek(1).text === '(' && c.peek().type === 'word';
  const abs = called && text === 'abs';
  if (abs) {
    c.next();
    c.next();
  }
  const value = { ...(called && !abs ? call(c) : abs && c.peek(1).text === '(' ? call(c) : plain(c)), abs };
  if (abs) c.expect(')');
  return c.mark(value, start);
}

function plain(c: Cursor): Omit<Value, 'abs'> {
  return { fn: 'last', ...metric(c), durationMs: 0 };
}

function call(c: Cursor): Omit<Value, 'abs'> {
  const name = c.peek();
  if (!FUNCTIONS.includes(name.text as FunctionName)) {
    if (name.text === 'abs')
      c.fail('abs must be the outermost function', name, 'Write abs(avg(metric, 10m)).');
    const words = ['abs', 'share', ...FUNCTIONS];
    const near = nearest(name.text, words);
    c.fail(
      `unknown function ${quoted(name.text)}`,
      name,
      functionHint(name.text) ?? (near ? `Did you mean ${near}?` : `Functions are ${words.join(', ')}.`),
    );
  }
  c.next();
  c.next();
  const fn = name.text as FunctionName;
  const inner = metric(c);
  if (!c.isNext(','))
    c.expected(`", ${fn === 'forecast' ? 'horizon' : 'window'}"`, [], `Write ${fn}(${inner.metric}, 10m).`);
  c.next();
  const durationMs = duration(c, fn === 'forecast' ? 'forecast' : 'window');
  c.expect(')');
  return { fn, ...inner, durationMs };
}

function metric(c: Cursor): Pick<Value, 'metric' | 'matchers'> {
  const token = c.peek();
  if (token.type !== 'word' || RESERVED.includes(token.text))
    c.expected('a metric', [], token.type === 'string' ? 'Metrics are written without quotes.' : undefined);
  const name = canonicalMetric(token.text);
  const fault = metricError(name);
  if (fault !== undefined) {
    const names = [...RESERVED, ...METRIC_KINDS.map((kind) => kind.name)];
    c.fail(fault, token, didYouMean(token.text, names));
  }
  c.next();
  return { metric: name, matchers: c.accept('{') ? matchers(c) : [] };
}

function matchers(c: Cursor): Matcher[] {
  const list: Matcher[] = [];
  do list.push(matcher(c));
  while (c.accept(','));
  c.expect('}', '"," or "}"');
  // One form for what means the same, whatever the order in the text.
  return list.sort(
    (a, b) => compareBytes(a.label, b.label) || compareBytes(a.op, b.op) || compareBytes(a.value, b.value),
  );
}

function matcher(c: Cursor): Matcher {
  const label = c.peek();
  if (label.type !== 'word') c.expected('a label');
  const labelFault = labelNameError(label.text);
  if (labelFault !== undefined) c.fail(labelFault, label);
  c.next();
  const op = c.peek();
  if (op.text === '==') c.fail('unknown operator ==', op, 'Write =.');
  if (!MATCH_OPERATORS.includes(op.text as MatchOperator) || op.type !== 'match')
    c.expected('=, !=, ~ or !~');
  c.next();
  const value = c.peek();
  if (value.type !== 'string') c.expected('a quoted string', [], `Write ${label.text}${op.text}"..."`);
  const valueFault = labelValueError(value.text);
  if (valueFault !== undefined) c.fail(valueFault, value);
  c.next();
  return c.mark({ label: label.text, op: op.text as MatchOperator, value: value.text }, label.start);
}

function level(c: Cursor, value: Value): Level {
  const { start } = c.peek();
  const bound = boundOf(c, value);
  const word = c.peek();
  const severity = SEVERITIES.find((name) => name === word.text);
  if (severity !== undefined) c.next();
  const clearAt = c.peek();
  const clear = c.accept('clear') ? boundOf(c, value) : undefined;
  if (clear !== undefined) c.mark(clear, clearAt.start);
  if (severity === undefined && clear !== undefined && SEVERITIES.includes(c.peek().text as Severity))
    c.fail('the severity must come before "clear"', c.peek());
  return c.mark({ ...bound, ...(severity && { severity }), ...(clear && { clear }) }, start);
}

function boundOf(c: Cursor, value: Value): Bound {
  const op = operator(c, { metric: value.metric });
  const token = c.peek();
  if (token.type !== 'number') c.expected('a number');
  c.next();
  const read = normalQuantity(quantity(c, token), metricKind(value.metric)?.unit);
  const bound: Quantity = { ...read };
  c.mark(bound, token.start);
  const after = c.peek();
  if (after.type === 'word' && (UNIT_SUFFIXES.includes(after.text) || /^(gb|mb|kb)$/i.test(after.text)))
    c.fail(
      `no space is allowed between a number and its unit "${after.text}"`,
      after,
      `Write ${token.text}${after.text}.`,
    );
  return { op, bound };
}

function operator(
  c: Cursor,
  { words = [], metric }: { readonly words?: readonly string[]; readonly metric?: string } = {},
): Operator {
  const token = c.peek();
  if (token.type === 'operator') return c.next().text as Operator;
  if (token.type === 'match' && ['=', '==', '!='].includes(token.text)) {
    const hint =
      metric === 'up'
        ? 'For a host that sends nothing write: silent for 2m'
        : metric === 'host' || metric === 'location'
          ? SCOPE
          : 'Write >= or <= and a threshold.';
    return c.fail(`equality is not supported: compare with >, >=, < or <=`, token, hint);
  }
  const shellAte =
    token.type === 'end' || token.type === 'number' || ['for', 'and', 'keep', 'clear'].includes(token.text);
  return c.expected('>, >=, < or <=', words, shellAte ? QUOTE_HINT : undefined);
}

function quantity(c: Cursor, token: Token): Quantity {
  const read = readQuantity(token.text);
  return 'fault' in read ? c.fail(read.fault, token, read.hint) : read;
}

function duration(c: Cursor, what: keyof typeof LIMITS): number {
  const token = c.peek();
  if (token.type !== 'number') c.expected('a duration', [], 'Write 30s, 5m or 1h30m.');
  if (!isDuration(token.text)) {
    const bare = /^\d+$/.test(token.text);
    const unit = bare ? /^(s|m|h|d)(ec|in|our|ay|r|$)/i.exec(c.peek(1).text)?.[1]?.toLowerCase() : undefined;
    if (unit !== undefined)
      c.fail('the unit of a duration is one letter, without a space', token, `Write ${token.text}${unit}.`);
    const hint = bare ? `Did you mean ${token.text}s or ${token.text}m?` : 'Write 30s, 5m or 1h30m.';
    c.fail(bare ? 'duration has no unit' : `${quoted(token.text)} is not a duration`, token, hint);
  }
  const ms = parseDuration(token.text);
  if (ms < 1_000) c.fail('duration is under 1 s', token);
  if (ms > LIMITS[what]) {
    const name = what === 'forecast' ? 'horizon' : what;
    c.fail(`${name} is over the limit of ${LIMITS[what] / 86_400_000} d`, token);
  }
  c.next();
  return ms;
}
