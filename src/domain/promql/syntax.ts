// PromQL as a tree of our own, and its errors. docs/promql.md lists the supported parts.
import { ExpectedError } from '../errors.ts';

export type Span = { readonly start: number; readonly end: number };
export type MatchOp = '=' | '!=' | '=~' | '!~';
export type LabelMatcher = { readonly label: string; readonly op: MatchOp; readonly value: string };
/** When a selector looks: so long before the step, or at one time whatever the step. */
export type Timing = { readonly offsetMs: number; readonly at?: number | 'start' | 'end' };

export type VectorSelector = {
  readonly kind: 'vector';
  readonly matchers: readonly LabelMatcher[];
  readonly timing: Timing;
  readonly span: Span;
};
export type RangeSelector = {
  readonly kind: 'range';
  readonly of: VectorSelector;
  readonly rangeMs: number;
  readonly span: Span;
};
export type Subquery = {
  readonly kind: 'subquery';
  readonly of: Expr;
  readonly rangeMs: number;
  /** By default a minute. */
  readonly stepMs: number | undefined;
  readonly timing: Timing;
  readonly span: Span;
};
export type Grouping = { readonly without: boolean; readonly labels: readonly string[] };
export type Matching = {
  readonly on: boolean;
  readonly labels: readonly string[];
  /** The side with many series for one of the other; its name in the query is group_left or group_right. */
  readonly many?: 'left' | 'right';
  /** Taken over from the other side. */
  readonly include: readonly string[];
};
export type Call = {
  readonly kind: 'call';
  readonly name: string;
  readonly args: readonly Expr[];
  readonly span: Span;
};
export type Aggregation = {
  readonly kind: 'aggregate';
  readonly op: string;
  readonly param: Expr | undefined;
  readonly of: Expr;
  readonly grouping: Grouping;
  readonly span: Span;
};
export type Binary = {
  readonly kind: 'binary';
  readonly op: string;
  readonly bool: boolean;
  readonly matching: Matching | undefined;
  readonly left: Expr;
  readonly right: Expr;
  readonly span: Span;
};
export type Expr =
  | { readonly kind: 'number'; readonly value: number; readonly span: Span }
  | { readonly kind: 'string'; readonly value: string; readonly span: Span }
  | VectorSelector
  | RangeSelector
  | Subquery
  | Call
  | Aggregation
  | Binary
  | { readonly kind: 'negate'; readonly of: Expr; readonly span: Span };

/** The expressions right below. */
export function partsOf(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'call':
      return expr.args;
    case 'aggregate':
      return expr.param ? [expr.param, expr.of] : [expr.of];
    case 'binary':
      return [expr.left, expr.right];
    case 'negate':
    case 'subquery':
    case 'range':
      return [expr.of];
    default:
      return [];
  }
}

export type ValueType = 'scalar' | 'string' | 'instant vector' | 'range vector';

export const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
export const SET_OPERATORS: ReadonlySet<string> = new Set(['and', 'or', 'unless']);

/** An invalid query: BAD_EXPRESSION with line and column in front, as Prometheus writes them. */
export function promqlError(message: string, text: string, at: number, hint?: string): ExpectedError {
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - (before.lastIndexOf('\n') + 1) + 1;
  return new ExpectedError('BAD_EXPRESSION', `${line}:${column}: parse error: ${message}`, {
    hint: hint ?? 'docs/promql.md lists the supported parts of PromQL.',
  });
}

/** A query that is well-formed and has no answer with these series. */
export class EvaluationError extends ExpectedError {
  constructor(message: string, hint = 'See docs/promql.md.') {
    super('BAD_EXPRESSION', message, { hint });
  }
}
