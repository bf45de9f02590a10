// A query as the tree that Prometheus' parse_query answers with: its shape, its names and its order of fields.
import { AGGREGATIONS, FUNCTIONS, type Signature } from './signatures.ts';
import {
  type Binary,
  type Call,
  type Expr,
  type LabelMatcher,
  SET_OPERATORS,
  type Timing,
  type ValueType,
} from './syntax.ts';

/** How a query was written, where its meaning alone does not say. */
export type QueryForm = {
  /** In so many parentheses. */
  readonly parentheses: WeakMap<Expr, number>;
  /** Numbers that are written as durations. */
  readonly durations: WeakSet<Expr>;
  /** Matchers whose first one is a name in front of the braces. */
  readonly named: WeakSet<readonly LabelMatcher[]>;
};

export type TreeMatcher = { readonly name: string; readonly type: string; readonly value: string };
type TreeTiming = {
  readonly offset: number;
  readonly offsetExpr: null;
  readonly startOrEnd: 'start' | 'end' | null;
  readonly timestamp: number | null;
};
type TreeSelector = TreeTiming & {
  readonly anchored: false;
  readonly matchers: readonly TreeMatcher[];
  readonly name: string;
  readonly smoothed: false;
};
export type TreeMatching = {
  readonly card: 'one-to-one' | 'many-to-one' | 'one-to-many' | 'many-to-many';
  readonly fillValues: { readonly lhs: null; readonly rhs: null };
  readonly include: readonly string[];
  readonly labels: readonly string[];
  readonly on: boolean;
};
export type QueryTree =
  | { readonly type: 'numberLiteral'; readonly val: string }
  | { readonly type: 'stringLiteral'; readonly val: string }
  | ({ readonly type: 'vectorSelector' } & TreeSelector)
  | ({ readonly type: 'matrixSelector'; readonly range: number; readonly rangeExpr: null } & TreeSelector)
  | ({
      readonly type: 'subquery';
      readonly expr: QueryTree;
      readonly range: number;
      readonly rangeExpr: null;
      readonly step: number;
      readonly stepExpr: null;
    } & TreeTiming)
  | {
      readonly type: 'call';
      readonly args: readonly QueryTree[];
      readonly func: {
        readonly argTypes: readonly string[];
        readonly name: string;
        readonly returnType: string;
        readonly variadic: number;
      };
    }
  | {
      readonly type: 'aggregation';
      readonly expr: QueryTree;
      readonly grouping: readonly string[];
      readonly op: string;
      readonly param: QueryTree | null;
      readonly without: boolean;
    }
  | {
      readonly type: 'binaryExpr';
      readonly bool: boolean;
      readonly lhs: QueryTree;
      readonly matching: TreeMatching | null;
      readonly op: string;
      readonly rhs: QueryTree;
    }
  | { readonly type: 'unaryExpr'; readonly expr: QueryTree; readonly op: '-' }
  | { readonly type: 'parenExpr'; readonly expr: QueryTree };

export type ParsedQuery = {
  readonly tree: QueryTree;
  /** Of its numbers those that are written as durations, which is no part of the answer. */
  readonly durations: WeakSet<QueryTree>;
};

/** Of a checked query. */
export function queryTree(expr: Expr, form: QueryForm): ParsedQuery {
  const durations = new WeakSet<QueryTree>();
  const selectorOf = (matchers: readonly LabelMatcher[], timing: Timing): TreeSelector => {
    const [first, ...rest] = matchers;
    const isNamed = first !== undefined && form.named.has(matchers);
    // What stands in front of the braces comes last, as there.
    const all = isNamed ? [...rest, first] : matchers;
    return {
      ...timingOf(timing),
      anchored: false,
      matchers: all.map(({ label, op, value }) => ({ name: label, type: op, value })),
      name: isNamed ? first.value : '',
      smoothed: false,
    };
  };

  function numberOf(of: Expr, value: number): QueryTree {
    const number = { type: 'numberLiteral', val: plainNumber(value) } as const;
    if (form.durations.has(of)) durations.add(number);
    return number;
  }

  /** A number has its sign, however many stand before it; undefined for what is more than that. */
  function literalOf(of: Expr): { readonly number: Expr; readonly value: number } | undefined {
    if (of.kind === 'number') return { number: of, value: of.value };
    if (of.kind !== 'negate' || form.parentheses.has(of.of)) return undefined;
    const literal = literalOf(of.of);
    return literal && { ...literal, value: -literal.value };
  }

  function bare(of: Expr): QueryTree {
    switch (of.kind) {
      case 'number':
        return numberOf(of, of.value);
      case 'string':
        return { type: 'stringLiteral', val: of.value };
      case 'vector':
        return { type: 'vectorSelector', ...selectorOf(of.matchers, of.timing) };
      case 'range':
        return {
          ...{ type: 'matrixSelector', range: of.rangeMs, rangeExpr: null },
          ...selectorOf(of.of.matchers, of.of.timing),
        };
      case 'subquery':
        return {
          ...{ type: 'subquery', expr: tree(of.of), range: of.rangeMs, rangeExpr: null },
          ...{ step: of.stepMs ?? 0, stepExpr: null, ...timingOf(of.timing) },
        };
      case 'call':
        return { type: 'call', args: of.args.map(tree), func: functionOf(of) };
      case 'aggregate':
        return {
          ...{ type: 'aggregation', expr: tree(of.of), grouping: of.grouping.labels, op: of.op },
          ...{ param: of.param ? tree(of.param) : null, without: of.grouping.without },
        };
      case 'binary':
        return {
          ...{ type: 'binaryExpr', bool: of.bool, lhs: tree(of.left), matching: matchingOf(of) },
          ...{ op: of.op, rhs: tree(of.right) },
        };
      case 'negate': {
        const literal = literalOf(of);
        if (literal) return numberOf(literal.number, literal.value);
        return { type: 'unaryExpr', expr: tree(of.of), op: '-' };
      }
    }
  }

  function tree(of: Expr): QueryTree {
    let found = bare(of);
    for (let left = form.parentheses.get(of) ?? 0; left > 0; left--)
      found = { type: 'parenExpr', expr: found };
    return found;
  }

  return { tree: tree(expr), durations };
}

const timingOf = ({ offsetMs, at }: Timing): TreeTiming => ({
  ...{ offset: offsetMs, offsetExpr: null },
  startOrEnd: typeof at === 'string' ? at : null,
  timestamp: typeof at === 'number' ? at : null,
});

const TYPES: Readonly<Record<ValueType, string>> = {
  scalar: 'scalar',
  string: 'string',
  'instant vector': 'vector',
  'range vector': 'matrix',
};

function functionOf({ name }: Call) {
  const { args, optional, variadic, returns } = FUNCTIONS.get(name) as Signature;
  return {
    ...{ argTypes: args.map((type) => TYPES[type]), name, returnType: TYPES[returns] },
    variadic: variadic ? -1 : optional,
  };
}

function matchingOf({ op, matching, left, right }: Binary): TreeMatching | null {
  if (!isVector(left) || !isVector(right)) return null;
  const one = matching?.many;
  const card = one === 'left' ? 'many-to-one' : one === 'right' ? 'one-to-many' : 'one-to-one';
  return {
    card: SET_OPERATORS.has(op) ? 'many-to-many' : card,
    fillValues: { lhs: null, rhs: null },
    ...{ include: matching?.include ?? [], labels: matching?.labels ?? [], on: matching?.on ?? false },
  };
}

function isVector(of: Expr): boolean {
  if (of.kind === 'negate') return isVector(of.of);
  if (of.kind === 'binary') return isVector(of.left) || isVector(of.right);
  if (of.kind === 'call') return FUNCTIONS.get(of.name)?.returns === 'instant vector';
  return of.kind === 'vector' || (of.kind === 'aggregate' && AGGREGATIONS.has(of.op));
}

/** Without an exponent, as few digits as name it. */
function plainNumber(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
  const text = Object.is(value, -0) ? '-0' : String(value);
  const [, sign = '', whole = '', fraction = '', exponent] =
    /^(-?)(\d+)(?:\.(\d+))?e([+-]\d+)$/.exec(text) ?? [];
  if (exponent === undefined) return text;
  const digits = whole + fraction;
  const point = whole.length + Number(exponent);
  return point <= 0 ? `${sign}0.${'0'.repeat(-point)}${digits}` : `${sign}${digits.padEnd(point, '0')}`;
}
