// Semantic checks of a parsed expression: units, levels, clear, joins, thresholds that are never or always true.
import { nearest } from '../did-you-mean.ts';
import { ExpectedError } from '../errors.ts';
import { metricKind } from '../metric-kinds.ts';
import { METRIC_KINDS, type MetricUnit } from '../metric-table.ts';
import { withoutNoise } from '../units.ts';
import { type Parsed, parse } from './parser.ts';
import { isSuspiciouslySmall, printQuantity } from './quantity.ts';
import {
  type Bound,
  type Comparison,
  type Expression,
  ExpressionError,
  faultText,
  type Level,
  type Place,
  placeOf,
  type Quantity,
  SEVERITIES,
  type Share,
  type Test,
  type Value,
} from './syntax.ts';

export type Finding = {
  /** error: not saved; force: saved only with --force; note: shown, and saved. */
  readonly kind: 'error' | 'force' | 'note';
  readonly message: string;
  readonly hint?: string;
  readonly place: Place;
  /** Ready to print, with a caret under the fault. */
  readonly text: string;
};

export type CheckOptions = {
  /** Metrics that hosts report beside those of the table. */
  readonly reported?: readonly string[];
};

type Report = (kind: Finding['kind'], node: object, message: string, hint?: string) => void;

const UNKNOWN_METRIC = 'unknown metric';

const UNIT_NAMES: Readonly<Record<MetricUnit, string>> = {
  percent: 'percent (90 or 90%)',
  bytes: 'bytes (5GiB)',
  bytes_per_second: 'bytes a second (100MB/s or 100Mbit/s)',
  per_second: 'a number a second (1 or 1/s)',
  seconds: 'time (500ms, 2s, 10m)',
  celsius: 'degrees Celsius (a plain number)',
  count: 'a plain number',
};

/** The expression of a text that means something. Throws BAD_EXPRESSION, drawn with a caret under the fault. */
export function readExpression(source: string): Expression {
  try {
    const parsed = parse(source);
    const error = check(parsed).find(({ kind }) => kind === 'error');
    if (error) throw new ExpectedError('BAD_EXPRESSION', error.text);
    return parsed.expression;
  } catch (error) {
    // The place of the fault goes with the message: over a wire there is nothing else to draw it from.
    if (error instanceof ExpressionError) throw new ExpectedError('BAD_EXPRESSION', error.text);
    throw error;
  }
}

/** The first metric that minimon does not know, with the nearest. Hosts may report it all the same. */
export const unknownMetric = (expression: string): Pick<Finding, 'message' | 'hint'> | undefined =>
  check(parse(expression)).find(({ message }) => message.startsWith(UNKNOWN_METRIC));

export function check(parsed: Parsed, options: CheckOptions = {}): Finding[] {
  const { source, spans, expression } = parsed;
  const findings: Finding[] = [];
  const report: Report = (kind, node, message, hint) => {
    const span = spans.get(node) ?? { start: 0, end: source.length };
    const text = faultText(message, source, span, hint);
    findings.push({ kind, message, ...(hint !== undefined && { hint }), place: placeOf(source, span), text });
  };
  checkTogether(expression.tests, report);
  for (const test of expression.tests) {
    if (test.kind === 'compare') checkComparison(test, options, report);
    if (test.kind === 'share') checkShare(test, options, report);
  }
  for (const test of expression.tests) {
    if (test.kind === 'compare') noteOwnWindow(test, expression.forMs, report);
  }
  return findings;
}

function checkTogether(tests: readonly Test[], report: Report): void {
  const alone = tests.find((test) => test.kind === 'silent');
  if (alone !== undefined && tests.length > 1)
    report(
      'error',
      alone,
      '"silent" cannot be combined with other tests: a silent host has no values to compare',
      'Write two rules.',
    );
  const share = tests.find((test) => test.kind === 'share');
  if (share !== undefined && tests.some((test) => test.kind !== 'share'))
    report(
      'error',
      share,
      'a share is about a location and cannot be joined with a host',
      'Write two rules.',
    );
  const levelled = tests.filter((test) => test.kind === 'compare' && test.levels.length > 1);
  if (levelled.length > 1) report('error', levelled[1]!, 'only one side of "and" may have several levels');
  const comparisons = tests.filter((test) => test.kind === 'compare');
  for (const [i, test] of comparisons.entries()) {
    const label = metricKind(test.value.metric)?.label;
    const other = comparisons.slice(0, i).find((earlier) => {
      const earlierLabel = metricKind(earlier.value.metric)?.label;
      return label !== undefined && earlierLabel !== undefined && label !== earlierLabel;
    });
    if (other === undefined) continue;
    const otherLabel = metricKind(other.value.metric)?.label;
    const message = `${other.value.metric} has the label ${otherLabel}, ${test.value.metric} has ${label}: nothing joins them`;
    report('error', test, message, 'Write two rules.');
  }
}

function checkShare(test: Share, options: CheckOptions, report: Report): void {
  checkTogether(test.of, report);
  for (const inner of test.of) {
    if (inner.kind !== 'compare') continue;
    checkComparison(inner, options, report);
    for (const level of inner.levels) {
      if (level.severity !== undefined)
        report('error', level, 'a share counts hosts and has no severities inside');
      if (level.clear !== undefined)
        report('error', level.clear, 'a share counts hosts and has no "clear" inside');
    }
  }
  if (test.percent < 0 || test.percent > 100) report('error', test, 'a share is 0 to 100 %');
  else if (test.percent > 0 && test.percent < 1)
    report(
      'force',
      test,
      `${test.percent}% is less than one host in a hundred`,
      `Did you mean ${withoutNoise(test.percent * 100)}%?`,
    );
  else reportConstant(test, test.op, test.percent, [0, 100], report);
}

function checkComparison(test: Comparison, options: CheckOptions, report: Report): void {
  checkMetric(test.value, options, report);
  const unit = metricKind(test.value.metric)?.unit;
  let unitsFit = true;
  for (const level of test.levels) {
    for (const bound of [level, level.clear]) {
      if (bound !== undefined && !checkUnit(bound.bound, test.value, unit, report)) unitsFit = false;
    }
  }
  checkLevels(test.levels, report);
  if (!unitsFit) return;
  for (const level of test.levels) {
    if (level.clear !== undefined) checkClear(level, level.clear, report);
    checkSize(level, test.value, unit, report);
  }
}

function checkMetric(value: Value, options: CheckOptions, report: Report): void {
  const kind = metricKind(value.metric);
  if (kind === undefined) {
    if (options.reported?.includes(value.metric)) return;
    const known = [...METRIC_KINDS.map(({ name }) => name), ...(options.reported ?? [])];
    const near = nearest(value.metric, known);
    report(
      'force',
      value,
      `${UNKNOWN_METRIC} ${value.metric}`,
      near ? `Did you mean ${near}?` : `Metrics are ${METRIC_KINDS.map(({ name }) => name).join(', ')}.`,
    );
    return;
  }
  for (const matcher of value.matchers) {
    if (matcher.label === kind.label) continue;
    const own = kind.label === undefined ? 'has no labels' : `has the label ${kind.label}`;
    const hint =
      matcher.label === 'host' || matcher.label === 'location'
        ? `Hosts are chosen by the rule's scope (--${matcher.label}).`
        : kind.label && nearest(matcher.label, [kind.label])
          ? `Did you mean ${kind.label}?`
          : undefined;
    report('force', matcher, `${value.metric} ${own}`, hint);
  }
}

/** Whether the number's unit is one of the metric's kind. */
function checkUnit(quantity: Quantity, value: Value, unit: MetricUnit | undefined, report: Report): boolean {
  if (unit === undefined || quantity.unit === undefined || quantity.unit === unit) return true;
  const message = `${value.metric} is measured in ${UNIT_NAMES[unit]}`;
  const rate = quantity.unit === 'bytes' && unit === 'bytes_per_second';
  report('error', quantity, message, rate ? `Write ${printQuantity(quantity)}/s.` : undefined);
  return false;
}

function checkLevels(levels: readonly Level[], report: Report): void {
  if (levels.length < 2) return;
  for (const [i, level] of levels.entries()) {
    const milder = levels[i - 1];
    if (level.severity === undefined) {
      report(
        'error',
        level,
        'each of several levels names its severity',
        `Write ${SEVERITIES.join(', ')} after its number.`,
      );
    } else if (milder !== undefined && milder.severity !== undefined) {
      if (milder.severity === level.severity) report('error', level, `two levels are ${level.severity}`);
      else if (isUpward(milder) !== isUpward(level))
        report('error', level, 'levels point in different directions');
      else if (!isStricter(level, milder))
        report('error', level, `${level.severity} must be stricter than ${milder.severity}`);
    }
  }
}

const isUpward = (bound: Bound): boolean => bound.op === '>' || bound.op === '>=';
const isInclusive = (bound: Bound): boolean => bound.op === '>=' || bound.op === '<=';

function isStricter(a: Bound, b: Bound): boolean {
  const [x, y] = [a.bound.value, b.bound.value];
  if (x === y) return isInclusive(b) && !isInclusive(a);
  return isUpward(a) ? x > y : x < y;
}

/** `clear` points the other way and leaves no value at which the alert would both fire and clear. */
function checkClear(level: Level, clear: Bound, report: Report): void {
  const bound = `${level.op} ${printQuantity(level.bound)}`;
  if (isUpward(level) === isUpward(clear)) {
    const op = isUpward(level) ? '<' : '>';
    report(
      'error',
      clear,
      `"clear" must point away from ${bound}`,
      `Write clear ${op} ${printQuantity(clear.bound)}.`,
    );
    return;
  }
  const [b, c] = [level.bound.value, clear.bound.value];
  const overlaps = isUpward(level) ? c > b : c < b;
  if (overlaps || (c === b && isInclusive(level) && isInclusive(clear)))
    report(
      'error',
      clear,
      `"clear" must be less strict than ${bound}: a value between them would fire and clear`,
    );
}

/** Thresholds that look like another unit, and those that every or no value crosses. */
function checkSize(level: Level, value: Value, unit: MetricUnit | undefined, report: Report): void {
  const bound = level.bound;
  if (unit === undefined) return;
  const size = Math.abs(bound.value);
  if (unit === 'percent' && size > 0 && size < 1 && value.fn !== 'delta') {
    const meant = withoutNoise(bound.value * 100);
    report('force', bound, `${value.metric} is 0 to 100, not 0 to 1`, `Did you mean ${meant}?`);
    return;
  }
  if (unit === 'percent' && size > 100 && value.fn !== 'forecast') {
    report('force', bound, `${value.metric} is 0 to 100`, 'A threshold over 100 is never crossed.');
    return;
  }
  if (bound.unit === undefined && isSuspiciouslySmall(bound.value, unit)) {
    const rate = unit === 'bytes_per_second' ? '/s' : '';
    const hint = `Did you mean ${bound.value}GiB${rate}? Write ${bound.value}B${rate} for so few.`;
    report(
      'force',
      bound,
      `${bound.value} without a unit is ${bound.value} bytes${rate && ' a second'}`,
      hint,
    );
    return;
  }
  reportConstant(bound, level.op, bound.value, rangeOf(value, unit), report);
}

function rangeOf(value: Value, unit: MetricUnit): readonly [number, number] {
  const low = value.abs ? 0 : Number.NEGATIVE_INFINITY;
  // A time may lie on either side (clock.offset); a trend and a change may go anywhere.
  if (value.fn === 'delta' || value.fn === 'forecast') return [low, Number.POSITIVE_INFINITY];
  if (unit === 'percent') return [0, 100];
  return [value.metric === 'clock.offset' || unit === 'celsius' ? low : 0, Number.POSITIVE_INFINITY];
}

function reportConstant(
  node: object,
  op: Level['op'],
  bound: number,
  range: readonly [number, number],
  report: Report,
): void {
  const [low, high] = range;
  const never =
    (op === '>' && bound >= high) ||
    (op === '>=' && bound > high) ||
    (op === '<' && bound <= low) ||
    (op === '<=' && bound < low);
  const always =
    (op === '>' && bound < low) ||
    (op === '>=' && bound <= low) ||
    (op === '<' && bound > high) ||
    (op === '<=' && bound >= high);
  if (never) report('force', node, 'no value crosses this threshold');
  else if (always) report('force', node, 'every value crosses this threshold');
}

/** `max(x, 5m) > 90 for 3m`: one spike keeps the window over the threshold longer than `for` asks. */
function noteOwnWindow(test: Comparison, forMs: number, report: Report): void {
  const { fn, durationMs } = test.value;
  const upward = isUpward(test.levels[0]!);
  if (forMs === 0 || forMs > durationMs || !((fn === 'max' && upward) || (fn === 'min' && !upward))) return;
  const minutes = Number((durationMs / 60_000).toPrecision(3));
  report(
    'note',
    test.value,
    `one sample keeps this true for ${minutes} min, which is longer than "for"`,
    `Use avg or ${fn === 'max' ? 'min' : 'max'}, or leave "for" out.`,
  );
}
