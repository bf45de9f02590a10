// A cache of parsed and checked queries, with warnings about probable mistakes: dashboards repeat them with each
// refresh.
import { checkPromql } from '../../../domain/promql/check.ts';
import { type Expr, partsOf, type ValueType } from '../../../domain/promql/syntax.ts';
import { parsePromql } from './parse.ts';

export type ParsedQuery = {
  /** The same object while it is kept. */
  readonly expr: Expr;
  readonly type: ValueType;
  readonly remarks: readonly string[];
};

/** Of texts of this length: a few megabytes at most. Longer ones are not kept. */
const MAX_KEPT = 256;
const MAX_LENGTH = 2_000;

/** BAD_EXPRESSION each time. */
export function createParsedQueries(): (text: string) => ParsedQuery {
  const kept = new Map<string, ParsedQuery>();
  return (text) => {
    let parsed = kept.get(text);
    if (parsed) {
      // The one that was not asked for longest comes first.
      kept.delete(text);
    } else {
      const expr = parsePromql(text);
      parsed = { expr, type: checkPromql(expr, text), remarks: remarksOf(expr) };
      if (text.length > MAX_LENGTH) return parsed;
      if (kept.size >= MAX_KEPT) kept.delete(kept.keys().next().value!);
    }
    kept.set(text, parsed);
    return parsed;
  };
}

const COUNTERS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase']);

/** As Prometheus says it: minimon's own rates are gauges, and a rate of them is rarely meant. */
function remarksOf(expr: Expr): string[] {
  const found = new Set<string>();
  const visit = (of: Expr): void => {
    const range = of.kind === 'call' && COUNTERS.has(of.name) ? of.args[0] : undefined;
    const selector = range?.kind === 'range' ? range.of : undefined;
    const name = selector?.matchers.find(({ label, op }) => label === '__name__' && op === '=')?.value;
    if (name !== undefined && !/_(total|sum|count|bucket)$/.test(name))
      found.add(
        `PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "${name}"`,
      );
    for (const part of partsOf(of)) visit(part);
  };
  visit(expr);
  return [...found];
}
