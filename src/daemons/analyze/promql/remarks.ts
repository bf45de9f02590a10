// What is answered and probably not meant: remarks that go with an answer, as Prometheus words them.
import { type Expr, partsOf } from '../../../domain/promql/syntax.ts';

const COUNTERS: ReadonlySet<string> = new Set(['rate', 'irate', 'increase']);

/** As Prometheus says it: minimon's own rates are gauges, and a rate of them is rarely meant. */
export function remarksOf(expr: Expr): string[] {
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
