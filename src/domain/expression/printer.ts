// Writes an expression in its canonical form: equal forms mean the same, and the parser reads them back to equal data.
import { formatDuration } from '../duration.ts';
import { printQuantity } from './quantity.ts';
import type { Bound, Expression, Level, Matcher, Test, Value } from './syntax.ts';

export function printExpression(expression: Expression): string {
  const parts = [printCondition(expression.tests)];
  if (expression.forMs > 0) parts.push(`for ${formatDuration(expression.forMs)}`);
  if (expression.keepMs > 0) parts.push(`keep ${formatDuration(expression.keepMs)}`);
  return parts.join(' ');
}

export const printCondition = (tests: readonly Test[]): string => tests.map(printTest).join(' and ');

function printTest(test: Test): string {
  switch (test.kind) {
    case 'silent':
      return 'silent';
    case 'share': {
      const min = test.min === undefined ? '' : ` min ${test.min}`;
      return `share(${printCondition(test.of)}) ${test.op} ${test.percent}%${min}`;
    }
    case 'compare':
      return `${printValue(test.value)} ${test.levels.map(printLevel).join(', ')}`;
  }
}

export function printValue(value: Value): string {
  const matchers = value.matchers.length === 0 ? '' : `{${value.matchers.map(printMatcher).join(',')}}`;
  const metric = value.metric + matchers;
  const inner = value.fn === 'last' ? metric : `${value.fn}(${metric}, ${formatDuration(value.durationMs)})`;
  return value.abs ? `abs(${inner})` : inner;
}

const printBound = (bound: Bound): string => `${bound.op} ${printQuantity(bound.bound)}`;

export function printLevel(level: Level): string {
  const severity = level.severity === undefined ? '' : ` ${level.severity}`;
  const clear = level.clear === undefined ? '' : ` clear ${printBound(level.clear)}`;
  return printBound(level) + severity + clear;
}

const printMatcher = (matcher: Matcher): string =>
  `${matcher.label}${matcher.op}"${matcher.value.replace(/[\\"]/g, '\\$&').replace(/\t/g, '\\t')}"`;
