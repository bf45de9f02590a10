// Names in a query that no series has: why an answer is empty, which PromQL itself never says.
import { nearest } from '../../../domain/did-you-mean.ts';
import { promqlName } from '../../../domain/promql/series-names.ts';
import { type Expr, partsOf } from '../../../domain/promql/syntax.ts';
import { parsePromql } from './parse.ts';

const NAME = '__name__';

/** "no host reports cpu_usge; did you mean cpu_usage?", of each such name once. `known` are names as PromQL has them. */
export function unknownNames(expression: string, known: Iterable<string>): readonly string[] {
  const names = new Set(known);
  const unknown = new Set<string>();
  const visit = (expr: Expr): void => {
    const matchers = expr.kind === 'vector' ? expr.matchers : [];
    for (const { label, op, value } of matchers)
      if (label === NAME && op === '=' && !names.has(promqlName(value))) unknown.add(value);
    for (const part of partsOf(expr)) visit(part);
  };
  visit(parsePromql(expression));
  return [...unknown].map((name) => {
    const near = nearest(promqlName(name), names);
    return `no host reports ${name}${near === undefined ? '; see minimon metrics list' : `; did you mean ${near}?`}`;
  });
}
