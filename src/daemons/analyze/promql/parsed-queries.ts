// Queries that were parsed and checked, for when they come again: a dashboard asks the same ones with each refresh.
import { checkPromql } from '../../../domain/promql/check.ts';
import type { Expr, ValueType } from '../../../domain/promql/syntax.ts';
import { parsePromql } from './parse.ts';
import { remarksOf } from './remarks.ts';

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
