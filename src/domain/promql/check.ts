// Type check of a query, and whether all of it is supported; before anything is read, with the position in the text.
import { didYouMean } from '../did-you-mean.ts';
import { createPattern } from './pattern.ts';
import { AGGREGATIONS, FUNCTIONS } from './signatures.ts';
import {
  type Binary,
  type Call,
  COMPARISONS,
  type Expr,
  type LabelMatcher,
  promqlError,
  SET_OPERATORS,
  type ValueType,
  type VectorSelector,
} from './syntax.ts';

/** Labels in one list, and arguments of one function. */
const MAX_NAMED = 64;

/** The type of the query; BAD_EXPRESSION with line and column. */
export function checkPromql(expr: Expr, text: string): ValueType {
  const fail = (message: string, { span }: Expr, hint?: string): never => {
    throw promqlError(message, text, span.start, hint);
  };

  function wanted(type: ValueType, of: Expr, where: string): void {
    const found = typeOf(of);
    if (found !== type) fail(`expected type ${type} in ${where}, got ${found}`, of);
  }

  function typeOf(of: Expr): ValueType {
    switch (of.kind) {
      case 'number':
        return 'scalar';
      case 'string':
        return 'string';
      case 'vector':
        checkSelector(of, text);
        return 'instant vector';
      case 'range':
        checkSelector(of.of, text);
        return 'range vector';
      case 'subquery':
        if (!['instant vector', 'scalar'].includes(typeOf(of.of)))
          fail(`subquery is only allowed on instant vector, got ${typeOf(of.of)}`, of);
        return 'range vector';
      case 'negate': {
        const type = typeOf(of.of);
        if (type !== 'scalar' && type !== 'instant vector')
          fail(
            `unary expression only allowed on expressions of type scalar or instant vector, got ${type}`,
            of,
          );
        return type;
      }
      case 'call':
        return checkCall(of);
      case 'aggregate': {
        if (!AGGREGATIONS.has(of.op)) fail(`${of.op} is not supported by minimon`, of);
        checkLabels(of.grouping.labels.length, of);
        if (of.param) wanted(AGGREGATIONS.get(of.op)!, of.param, 'aggregation parameter');
        wanted('instant vector', of.of, 'aggregation expression');
        return 'instant vector';
      }
      case 'binary':
        return checkBinary(of);
    }
  }

  /** Each series is looked at for each of them. */
  function checkLabels(count: number, of: Expr): void {
    if (count > MAX_NAMED) fail(`${count} labels are named; the limit is ${MAX_NAMED}`, of);
  }

  function checkCall(call: Call): ValueType {
    const signature = FUNCTIONS.get(call.name);
    if (!signature) {
      const hint = didYouMean(call.name, FUNCTIONS.keys(), 'docs/promql.md lists the functions.');
      return fail(`${call.name} is not supported by minimon`, call, hint);
    }
    const { args, optional, variadic, returns } = signature;
    const count = call.args.length;
    checkLabels(count, call);
    if (count < args.length - optional || (!variadic && count > args.length)) {
      const least = variadic || optional > 0 ? 'at least ' : '';
      fail(
        `expected ${least}${args.length - optional} argument(s) in call to "${call.name}", got ${count}`,
        call,
      );
    }
    for (const [i, arg] of call.args.entries())
      wanted(args[Math.min(i, args.length - 1)]!, arg, `call to function "${call.name}"`);
    if (call.name === 'label_replace') checkLabelReplace(call);
    return returns;
  }

  function checkLabelReplace(call: Call): void {
    const [target, pattern] = [call.args[1]!, call.args[4]!];
    if (target.kind === 'string' && !/^[a-zA-Z_]\w*$/.test(target.value))
      fail(`invalid destination label name in label_replace(): ${target.value}`, target);
    if (pattern.kind === 'string') {
      checkPattern({ label: '', op: '=~', value: pattern.value }, { text, at: pattern.span.start });
    }
  }

  function checkBinary(of: Binary): ValueType {
    const types = [typeOf(of.left), typeOf(of.right)] as const;
    for (const type of types) {
      if (type !== 'scalar' && type !== 'instant vector')
        fail(`binary expression must contain only scalar and instant vector types, got ${type}`, of);
    }
    const isScalar = types[0] === 'scalar' && types[1] === 'scalar';
    const isVector = types[0] === 'instant vector' && types[1] === 'instant vector';
    if (isScalar && COMPARISONS.has(of.op) && !of.bool)
      fail('comparisons between scalars must use BOOL modifier', of, `Write ${of.op} bool.`);
    if (SET_OPERATORS.has(of.op)) {
      if (!isVector) fail(`set operator "${of.op}" not allowed in binary scalar expression`, of);
      if (of.matching?.many) fail(`no grouping allowed for "${of.op}" operation`, of);
    }
    checkLabels((of.matching?.labels.length ?? 0) + (of.matching?.include.length ?? 0), of);
    if (of.matching && !isVector) fail('vector matching only allowed between instant vectors', of);
    return isScalar ? 'scalar' : 'instant vector';
  }

  return typeOf(expr);
}

function checkSelector({ matchers, span }: VectorSelector, text: string): void {
  for (const matcher of matchers)
    if (matcher.op.includes('~')) checkPattern(matcher, { text, at: span.start });
  if (matchers.every((matcher) => fitsEmpty(matcher)))
    throw promqlError('vector selector must contain at least one non-empty matcher', text, span.start);
}

function checkPattern(
  { value }: LabelMatcher,
  { text, at }: { readonly text: string; readonly at: number },
): void {
  try {
    createPattern(value);
  } catch (error) {
    throw promqlError(
      `the regular expression ${JSON.stringify(value)}: ${(error as Error).message}`,
      text,
      at,
    );
  }
}

function fitsEmpty({ op, value }: LabelMatcher): boolean {
  if (op === '=') return value === '';
  if (op === '!=') return value !== '';
  return createPattern(value).fits('') === (op === '=~');
}
