// Properties of the expression language: printing and parsing agree, and no input does worse than a named fault.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { check } from '../../../src/domain/expression/check.ts';
import { globFits } from '../../../src/domain/expression/matcher.ts';
import { checkMessageText, fillMessageText } from '../../../src/domain/expression/message-text.ts';
import { parse, parseExpression } from '../../../src/domain/expression/parser.ts';
import { printExpression } from '../../../src/domain/expression/printer.ts';
import { normalQuantity, printQuantity, readQuantity } from '../../../src/domain/expression/quantity.ts';
import {
  type Bound,
  type Expression,
  ExpressionError,
  type HostTest,
  type Level,
  type Matcher,
  SEVERITIES,
  type Share,
  type Value,
} from '../../../src/domain/expression/syntax.ts';
import { metricKind } from '../../../src/domain/metric-kinds.ts';
import { METRIC_KINDS, type MetricUnit } from '../../../src/domain/metric-table.ts';
import { compareBytes, labelValueError } from '../../../src/domain/names.ts';

const UNITS: readonly (MetricUnit | undefined)[] = [
  undefined,
  'percent',
  'bytes',
  'bytes_per_second',
  'per_second',
  'seconds',
];
const number = fc
  .oneof(
    fc.double({ noNaN: true, noDefaultInfinity: true }).filter((n) => Math.abs(n) < 1e300),
    fc.integer({ min: -1e6, max: 1e13 }),
    fc.constantFrom(0, 0.1, 1024 ** 3, 5 * 1024 ** 4, 90.004, 1e-9, 12_500_000),
  )
  .map((n) => (n === 0 ? 0 : n));
const metric = fc.oneof(
  fc.constantFrom(...METRIC_KINDS.map(({ name }) => name)),
  fc.constantFrom('gpu.heat', 'x1.2.three', 'min.x', 'own_metric'),
);
const operator = fc.constantFrom('>' as const, '>=' as const, '<' as const, '<=' as const);
const duration = fc.integer({ min: 1_000, max: 86_400_000 });
const matcher: fc.Arbitrary<Matcher> = fc.record({
  label: fc.constantFrom('mount', 'device', 'x_1', 'for'),
  op: fc.constantFrom('=' as const, '!=' as const, '~' as const, '!~' as const),
  value: fc
    .string({ unit: 'grapheme', maxLength: 20 })
    .filter((value) => labelValueError(value) === undefined),
});

const bound = (name: string): fc.Arbitrary<Bound> =>
  fc.record({ op: operator, value: number, unit: fc.constantFrom(...UNITS) }).map(({ op, value, unit }) => ({
    op,
    bound: normalQuantity({ value, ...(unit && { unit }) }, metricKind(name)?.unit),
  }));

const level = (name: string): fc.Arbitrary<Level> =>
  fc
    .record({ own: bound(name), clear: fc.option(bound(name), { nil: undefined }) })
    .map(({ own, clear }) => ({
      ...own,
      ...(clear && { clear }),
    }));

const value: fc.Arbitrary<Value> = fc
  .record({
    fn: fc.constantFrom(
      'last' as const,
      'avg' as const,
      'min' as const,
      'max' as const,
      'delta' as const,
      'forecast' as const,
    ),
    metric,
    matchers: fc.array(matcher, { maxLength: 3 }),
    durationMs: duration,
    abs: fc.boolean(),
  })
  .map((v) => ({
    ...v,
    durationMs: v.fn === 'last' ? 0 : v.durationMs,
    matchers: v.matchers.sort(
      (a, b) => compareBytes(a.label, b.label) || compareBytes(a.op, b.op) || compareBytes(a.value, b.value),
    ),
  }));

const comparison: fc.Arbitrary<HostTest> = value.chain((v) =>
  fc
    .oneof(
      level(v.metric).map((l) => [l]),
      fc
        .tuple(level(v.metric), level(v.metric), level(v.metric), fc.integer({ min: 1, max: 3 }))
        .map(([a, b, c, count]) => [a, b, c].slice(0, count).map((l, i) => withSeverity(l, SEVERITIES[i]!))),
    )
    .map((levels) => ({ kind: 'compare' as const, value: v, levels })),
);

function withSeverity(l: Level, severity: (typeof SEVERITIES)[number]): Level {
  const { clear, ...own } = l;
  return { ...own, severity, ...(clear && { clear }) };
}

const hostTest: fc.Arbitrary<HostTest> = fc.oneof(
  { weight: 5, arbitrary: comparison },
  { weight: 1, arbitrary: fc.constant({ kind: 'silent' as const }) },
);
const share: fc.Arbitrary<Share> = fc
  .record({
    of: fc.array(hostTest, { minLength: 1, maxLength: 2 }),
    op: operator,
    percent: number,
    min: fc.option(fc.integer({ min: 1, max: 1_000 }), { nil: undefined }),
  })
  .map(({ of, op, percent, min }) => ({ kind: 'share', of, op, percent, ...(min !== undefined && { min }) }));
const expression: fc.Arbitrary<Expression> = fc.record({
  tests: fc.array(fc.oneof(hostTest, share), { minLength: 1, maxLength: 3 }),
  forMs: fc.oneof(fc.constant(0), duration),
  keepMs: fc.oneof(fc.constant(0), duration),
});

test('parse(print(x)) is x', () => {
  fc.assert(
    fc.property(expression, (x) => {
      const text = printExpression(x);
      fc.pre(text.length <= 4_096);
      assert.deepEqual(parseExpression(text), structuredClone(x), text);
    }),
    { numRuns: 2_000 },
  );
});

test('a quantity is read back bit for bit', () => {
  fc.assert(
    fc.property(number, fc.constantFrom(...UNITS), (n, unit) => {
      const quantity = { value: n, ...(unit && { unit }) };
      assert.deepEqual(readQuantity(printQuantity(quantity)), quantity);
    }),
    { numRuns: 5_000 },
  );
});

/** Only the language's own fault may come out, with a place inside the text and a caret. */
function survives(source: string): void {
  try {
    check(parse(source));
  } catch (error) {
    assert.ok(error instanceof ExpressionError, `${JSON.stringify(source)}: ${String(error)}`);
    assert.ok(error.place.start >= 0 && error.place.start <= source.length, JSON.stringify(source));
    assert.ok(error.place.line >= 1 && error.place.column >= 1);
    assert.match(error.text, /\^/);
    assert.ok(error.text.split('\n').every((line) => line.length < 400));
  }
}

test('random bytes are read or refused with a place', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), { numRuns: 2_000 });
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          ...'(){},<>=!~"\'\\ %.-0123456789abcsilentforkeepshare\n\t',
          '90',
          ' for ',
          ' and ',
          'cpu.usage',
          'share(',
          'avg(',
        ),
        { maxLength: 60 },
      ),
      (parts) => survives(parts.join('')),
    ),
    { numRuns: 5_000 },
  );
});

test('valid expressions with characters cut, doubled and swapped are read or refused with a place', () => {
  const edit = fc.record({
    at: fc.nat(),
    length: fc.nat(4),
    put: fc.string({ unit: 'binary', maxLength: 3 }),
  });
  fc.assert(
    fc.property(expression, fc.array(edit, { minLength: 1, maxLength: 3 }), (x, edits) => {
      let text = printExpression(x);
      for (const { at, length, put } of edits) {
        const start = at % (text.length + 1);
        text = text.slice(0, start) + put + text.slice(start + length);
      }
      survives(text);
    }),
    { numRuns: 3_000 },
  );
});

test('the longest inputs end at once', () => {
  for (const unit of [
    '(',
    'share(',
    'abs(',
    'a',
    'a.',
    '1',
    '-',
    '1h',
    '"',
    '\\',
    ', > 1',
    'cpu.usage > 1 and ',
    '{',
    ' ',
    '\u3000',
    '９',
  ]) {
    survives(unit.repeat(4_096 / unit.length));
    survives(`cpu.usage > 1 and ${unit.repeat(4_000 / unit.length)}`);
    survives(unit.repeat(100_000));
  }
});

test('a glob agrees with the regular expression it stands for', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '*', '?', '机', '.'), maxLength: 8 });
  fc.assert(
    fc.property(text, text, (glob, host) => {
      const source = glob.replace(/[.]/g, '\\.').replace(/\*/g, '.*').replace(/\?/g, '.');
      assert.equal(globFits(glob, host), new RegExp(`^${source}$`, 'su').test(host), `${glob} ${host}`);
    }),
    { numRuns: 3_000 },
  );
});

test('a text that was accepted is filled in whatever it holds', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('{', '}', '$', 'host', 'label.', 'x', ' '), maxLength: 20 }),
      (text) => {
        try {
          checkMessageText(text);
        } catch (error) {
          assert.ok(error instanceof ExpressionError);
          return;
        }
        const filled = fillMessageText(text, { host: 'H', labels: {} });
        assert.ok(!/(?<![${])\{host\}(?!\})/.test(filled));
      },
    ),
    { numRuns: 2_000 },
  );
});
