// The same rule with its threshold a little lower and higher: what a backtest compares it with.
import { check } from '../expression/check.ts';
import { parse } from '../expression/parser.ts';
import { printExpression } from '../expression/printer.ts';
import type { Bound, Comparison, Expression, Level, Test } from '../expression/syntax.ts';
import { metricKind } from '../metric-kinds.ts';
import { withoutNoise } from '../units.ts';

/** Points of a percentage; of all else a share of the threshold. */
const PERCENT_STEPS = [-10, -5, 5, 10];
const FACTORS = [0.8, 0.9, 1.1, 1.2];

/**
 * Up to four, from the lowest threshold up; all levels and their `clear` move together. None for silence and for
 * thresholds of 0, which have no scale; and none that no or every value would cross.
 */
export function nearExpressions(expression: Expression): Expression[] {
  const { tests } = expression;
  const levelled = tests.findIndex((test) => test.kind === 'compare' && test.levels.length > 1);
  const at = Math.max(0, levelled);
  const moved = tests[at];
  if (moved === undefined) return [];
  return movesOf(moved)
    .map((move) => ({ ...expression, tests: tests.with(at, movedTest(moved, move)) }))
    .filter(makesSense);
}

type Move = (threshold: number) => number;

function movesOf(test: Test): Move[] {
  if (test.kind === 'silent') return [];
  const percent =
    test.kind === 'share' ||
    (metricKind(test.value.metric)?.unit === 'percent' && !['delta', 'forecast'].includes(test.value.fn));
  if (percent) return PERCENT_STEPS.map((step) => (threshold) => withoutNoise(threshold + step));
  const first = test.kind === 'compare' ? test.levels[0]!.bound.value : 0;
  if (first === 0) return [];
  const factors = first < 0 ? FACTORS.toReversed() : FACTORS;
  return factors.map((factor) => (threshold) => withoutNoise(threshold * factor));
}

/** 90 * 1.1 is 99.00000000000001. */

function movedTest(test: Test, move: Move): Test {
  if (test.kind === 'share') return { ...test, percent: move(test.percent) };
  if (test.kind === 'silent') return test;
  const bound = (of: Bound): Bound => ({ ...of, bound: { ...of.bound, value: move(of.bound.value) } });
  const level = (of: Level): Level => ({
    ...of,
    ...bound(of),
    ...(of.clear !== undefined && { clear: bound(of.clear) }),
  });
  return { ...test, levels: test.levels.map(level) } satisfies Comparison;
}

const makesSense = (expression: Expression): boolean =>
  check(parse(printExpression(expression))).every(
    ({ kind, message }) => kind === 'note' || message.startsWith('unknown metric'),
  );
