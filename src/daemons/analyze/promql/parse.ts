// Parses a query into our syntax tree with Prometheus' grammar; unsupported parts are rejected by name.
import { parser } from '@prometheus-io/lezer-promql';
import { isDuration, readDuration, readNumber, readString } from '../../../domain/promql/literals.ts';
import type { QueryForm } from '../../../domain/promql/query-tree.ts';
import { promqlName } from '../../../domain/promql/series-names.ts';
import {
  COMPARISONS,
  type Expr,
  type Grouping,
  type LabelMatcher,
  type Matching,
  type MatchOp,
  promqlError,
  type Timing,
} from '../../../domain/promql/syntax.ts';

const MAX_QUERY_BYTES = 16_384;
const MAX_DEPTH = 50;
const MAX_NODES = 2_000;

type Node = ReturnType<typeof parser.parse>['topNode'];

/** BAD_EXPRESSION with line and column. Types are checked elsewhere (domain/promql/check.ts). */
export const parsePromql = (text: string): Expr => parseWithForm(text).expr;

/** With how it is written. */
export function parseWithForm(text: string): { readonly expr: Expr; readonly form: QueryForm } {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_QUERY_BYTES)
    throw promqlError(`the query is ${bytes} bytes long; the limit is ${MAX_QUERY_BYTES}`, text, 0);
  const tree = parser.parse(text);
  checkTree(tree.topNode, text);
  const expr = childrenOf(tree.topNode)[0];
  if (!expr) throw promqlError('no expression found in input', text, 0);
  const { read, form } = createReader(text);
  return { expr: read(expr, 0), form };
}

function checkTree(top: Node, text: string): void {
  let nodes = 0;
  let fault: number | undefined;
  top.cursor().iterate((node) => {
    nodes++;
    if (node.type.isError) fault = Math.min(fault ?? node.from, node.from);
  });
  if (fault !== undefined) throw faultAt(text, fault);
  if (nodes > MAX_NODES) throw promqlError(`the query has over ${MAX_NODES} parts`, text, 0);
}

function faultAt(text: string, at: number) {
  if (text.trim() === '') return promqlError('no expression found in input', text, 0);
  const call = /([A-Za-z_]\w*)\s*$/.exec(text.slice(0, at));
  if (text[at] === '(' && call)
    return promqlError(`unknown function with name "${call[1]}"`, text, call.index);
  if (text[at] === '$')
    return promqlError(
      'a Grafana variable was not replaced',
      text,
      at,
      'Ask through a dashboard, or write its value.',
    );
  const dotted = /([A-Za-z_]\w*(?:\.\w+)*)$/.exec(text.slice(0, at))?.[0];
  const rest = /^(?:\.[A-Za-z_]\w*)+/.exec(text.slice(at))?.[0];
  if (dotted !== undefined && rest !== undefined) {
    const name = dotted + rest;
    const hint = `Names have no dots in PromQL: write ${promqlName(name)}, or {${JSON.stringify(name)}}.`;
    return promqlError(`unexpected ${JSON.stringify(rest.slice(0, 20))}`, text, at, hint);
  }
  const found =
    at >= text.length
      ? 'end of input'
      : JSON.stringify(text.slice(at).split(/\s/, 1)[0]!.slice(0, 20) || ' ');
  return promqlError(`unexpected ${found}`, text, at);
}

function childrenOf(node: Node): Node[] {
  const found: Node[] = [];
  for (let child = node.firstChild; child; child = child.nextSibling) {
    if (child.name !== 'LineComment') found.push(child);
  }
  return found;
}

const REFUSED: Readonly<Record<string, string>> = {
  AnchoredExpr: 'anchored',
  SmoothedExpr: 'smoothed',
  FillModifier: 'fill',
};

function createReader(text: string) {
  const literals = createLiterals(text);
  const { textOf, refuse, number, string, duration, atTime } = literals;
  const { closed, behind, timed } = createOperands(text);
  const { selector, labelsOf, matchingOf } = createClauses(text, literals);
  const form: QueryForm = { parentheses: new WeakMap(), durations: new WeakSet(), named: new WeakSet() };
  function read(node: Node, depth: number): Expr {
    if (depth > MAX_DEPTH)
      throw promqlError(`the query is nested more than ${MAX_DEPTH} levels deep`, text, node.from);
    const span = { start: node.from, end: node.to };
    const children = childrenOf(node);
    const inner = (child: Node | undefined) => read(child!, depth + 1);
    switch (node.name) {
      case 'ParenExpr': {
        const of = inner(children[0]);
        closed.add(of);
        form.parentheses.set(of, (form.parentheses.get(of) ?? 0) + 1);
        return of;
      }
      case 'NumberDurationLiteral': {
        const of: Expr = { kind: 'number', value: number(node), span };
        if (isDuration(textOf(node))) form.durations.add(of);
        return of;
      }
      case 'StringLiteral':
        return { kind: 'string', value: string(node), span };
      case 'VectorSelector':
        return selected(children, node);
      case 'MatrixSelector': {
        const rangeMs = duration(children[1]!, 'range');
        return behind(inner(children[0]), (of) => {
          if (of.kind !== 'vector' || closed.has(of))
            throw promqlError('ranges only allowed for vector selectors', text, node.from);
          return { kind: 'range', of, rangeMs, span };
        });
      }
      case 'SubqueryExpr': {
        const stepMs = children[2] && duration(children[2], 'step');
        const rangeMs = duration(children[1]!, 'range');
        return behind(inner(children[0]), (of) => ({
          ...{ kind: 'subquery', of, rangeMs, stepMs, timing: { offsetMs: 0 }, span },
        }));
      }
      case 'OffsetExpr':
        return behind(inner(children[0]), (of) => timed(of, { offsetMs: duration(children[2]!) }, node));
      case 'StepInvariantExpr':
        return behind(inner(children[0]), (of) => timed(of, { at: atTime(children[2]!) }, node));
      case 'UnaryExpr': {
        const of = inner(children[1]);
        return textOf(children[0]!) === '-' ? { kind: 'negate', of, span } : of;
      }
      case 'FunctionCall': {
        const args = childrenOf(children[1]!).map(inner);
        return { kind: 'call', name: textOf(children[0]!), args, span };
      }
      case 'AggregateExpr':
        return aggregation(node, inner);
      case 'BinaryExpr':
        return binary(node, inner);
      default:
        throw refuse(REFUSED[node.name] ?? node.name, node);
    }
  }

  function selected(children: readonly Node[], node: Node): Expr {
    const matchers = selector(children, node);
    if (children[0]?.name === 'Identifier') form.named.add(matchers);
    return { kind: 'vector', matchers, timing: { offsetMs: 0 }, span: { start: node.from, end: node.to } };
  }

  function aggregation(node: Node, inner: (child: Node | undefined) => Expr): Expr {
    const op = textOf(node.getChild('AggregateOp')!).toLowerCase();
    const modifier = node.getChild('AggregateModifier');
    const args = childrenOf(node.getChild('FunctionCallBody')!);
    const wanted = PARAMETER.has(op) ? 2 : 1;
    if (args.length !== wanted)
      throw promqlError(
        `wrong number of arguments for aggregate expression ${op}: expected ${wanted}, got ${args.length}`,
        text,
        node.from,
      );
    const grouping: Grouping = {
      without: modifier?.getChild('Without') != null,
      labels: labelsOf(modifier?.getChild('GroupingLabels')),
    };
    const span = { start: node.from, end: node.to };
    const param = wanted === 2 ? inner(args[0]) : undefined;
    return { kind: 'aggregate', op, param, of: inner(args.at(-1)), grouping, span };
  }

  function binary(node: Node, inner: (child: Node | undefined) => Expr): Expr {
    const children = childrenOf(node);
    for (const child of children) if (REFUSED[child.name]) throw refuse(REFUSED[child.name]!, child);
    const op = textOf(children[1]!).toLowerCase();
    if (op === '</' || op === '>/') throw refuse(op, children[1]!);
    const bool = node.getChild('BoolModifier') !== null;
    if (bool && !COMPARISONS.has(op))
      throw promqlError('bool modifier can only be used on comparison operators', text, node.from);
    const clause = node.getChild('MatchingModifierClause');
    const span = { start: node.from, end: node.to };
    const [first, last] = [children[0]!, children.at(-1)!];
    const right = inner(last);
    // The grammar makes -1 one number, but -1^2 is -(1^2).
    if (op === '^' && first.name === 'NumberDurationLiteral' && textOf(first).startsWith('-')) {
      const left: Expr = { kind: 'number', value: -number(first), span };
      return {
        kind: 'negate',
        of: { kind: 'binary', op, bool, matching: undefined, left, right, span },
        span,
      };
    }
    const matching = clause ? matchingOf(clause) : undefined;
    return { kind: 'binary', op, bool, matching, left: inner(first), right, span };
  }

  return { read, form };
}

type Literals = ReturnType<typeof createLiterals>;

function createLiterals(text: string) {
  const textOf = (node: Node) => text.slice(node.from, node.to);
  const refuse = (what: string, node: Node) =>
    promqlError(`${what} is not supported by minimon`, text, node.from);

  function number(node: Node): number {
    const value = readNumber(textOf(node));
    if (value === undefined) throw promqlError(`bad number ${textOf(node)}`, text, node.from);
    return value;
  }

  function string(node: Node): string {
    const value = readString(textOf(node));
    if (value === undefined) throw promqlError('unterminated or badly escaped string', text, node.from);
    return value;
  }

  /** Milliseconds; with a name only above zero. */
  function duration(node: Node, named?: string): number {
    const ms = readDuration(textOf(node));
    if (ms === undefined) throw refuse(`the duration ${textOf(node)}`, node);
    if (named && ms <= 0) throw promqlError(`${named} duration must be greater than 0`, text, node.from);
    return ms;
  }

  function atTime(node: Node): number | 'start' | 'end' {
    if (node.name === 'AtModifierPreprocessors') return node.getChild('AtStart') ? 'start' : 'end';
    const ms = Math.round(number(node) * 1_000);
    if (!Number.isFinite(ms)) throw promqlError('timestamp out of bounds for @ modifier', text, node.from);
    return ms;
  }

  return { textOf, refuse, number, string, duration, atTime };
}

/** What follows an operand: ranges, offsets and `@`. */
function createOperands(text: string) {
  /** Those in parentheses. */
  const closed = new WeakSet<Expr>();

  /** The grammar puts what follows an operand behind the whole expression: it is the last operand's. */
  function behind(of: Expr, apply: (operand: Expr) => Expr): Expr {
    if (closed.has(of)) return apply(of);
    if (of.kind === 'binary') return { ...of, right: behind(of.right, apply) };
    return of.kind === 'negate' ? { ...of, of: behind(of.of, apply) } : apply(of);
  }

  function timed(of: Expr, timing: { readonly offsetMs: number } | Pick<Timing, 'at'>, node: Node): Expr {
    if (of.kind === 'range' && !closed.has(of))
      return { ...of, of: timed(of.of, timing, node) as typeof of.of };
    const what = 'offsetMs' in timing ? 'offset' : '@';
    if (closed.has(of) || (of.kind !== 'vector' && of.kind !== 'subquery'))
      throw promqlError(`${what} modifier must be preceded by a selector or a subquery`, text, node.from);
    const given = what === 'offset' ? of.timing.offsetMs !== 0 : of.timing.at !== undefined;
    if (given) throw promqlError(`${what} may not be set multiple times`, text, node.from);
    return { ...of, timing: { ...of.timing, ...timing } };
  }

  return { closed, behind, timed };
}

/** What stands in braces and parentheses beside operands: matchers, and the labels of groupings and matchings. */
function createClauses(text: string, { textOf, string }: Literals) {
  function selector(children: readonly Node[], node: Node): LabelMatcher[] {
    const matchers: LabelMatcher[] = [];
    for (const child of children) {
      if (child.name === 'Identifier') matchers.push({ label: '__name__', op: '=', value: textOf(child) });
      else for (const matcher of childrenOf(child)) matchers.push(matcherOf(matcher));
    }
    const names = matchers.filter(({ label, op }) => label === '__name__' && op === '=');
    if (names.length > 1) throw promqlError('metric name must not be set twice', text, node.from);
    return matchers;
  }

  function matcherOf(node: Node): LabelMatcher {
    if (node.name === 'QuotedLabelName')
      return { label: '__name__', op: '=', value: string(node.firstChild!) };
    const [label, op, value] = childrenOf(node) as [Node, Node, Node];
    return { label: labelOf(label), op: textOf(op) as MatchOp, value: string(value) };
  }

  const labelOf = (node: Node): string =>
    node.name === 'QuotedLabelName' ? string(node.firstChild!) : textOf(node);
  const labelsOf = (node: Node | null | undefined): string[] => (node ? childrenOf(node).map(labelOf) : []);

  function matchingOf(clause: Node): Matching {
    const lists = clause.getChildren('GroupingLabels');
    const many = clause.getChild('GroupLeft') ? 'left' : clause.getChild('GroupRight') ? 'right' : undefined;
    const labels = labelsOf(lists[0]);
    const include = labelsOf(lists[1]);
    const on = clause.getChild('On') !== null;
    const both = on && include.find((label) => labels.includes(label));
    if (both)
      throw promqlError(`label "${both}" must not occur in ON and GROUP clause at once`, text, clause.from);
    return { on, labels, include, ...(many && { many }) };
  }

  return { selector, labelsOf, matchingOf };
}

const PARAMETER: ReadonlySet<string> = new Set([
  'topk',
  'bottomk',
  'quantile',
  'count_values',
  'limitk',
  'limit_ratio',
]);
