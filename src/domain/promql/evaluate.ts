// Evaluates a checked query over all its steps at once: series by series, with a pause between them for others.
import { aggregate } from './aggregate.ts';
import { applyBinary } from './binary.ts';
import { DATES } from './elementwise.ts';
import { absentOf, histogramQuantile } from './label-functions.ts';
import { createSweep } from './sweep.ts';
import {
  type Call,
  EvaluationError,
  type Expr,
  type LabelMatcher,
  type Subquery,
  type VectorSelector,
} from './syntax.ts';
import {
  type Column,
  checkValues,
  type Grid,
  keyOf,
  type PointSeries,
  stepAt,
  type Value,
} from './values.ts';
import { callOnColumns, mapped, unnamed, vector } from './vector-functions.ts';
import { KEEPS_NAME, WINDOW_FUNCTIONS, type WindowFunction } from './window-functions.ts';

export type EvaluationPorts = {
  /** Series with a point in `[startMs, stopMs)`, points by ascending time. */
  select(
    matchers: readonly LabelMatcher[],
    range: { readonly startMs: number; readonly stopMs: number },
  ): Promise<readonly PointSeries[]>;
  /** A promise when others should have a turn. */
  pause(): Promise<void> | undefined;
};

export type EvaluationOptions = Grid & {
  /** The lookback delta. */
  readonly lookbackMs: number;
};

const MAX_SUBQUERY_STEPS = 11_000;
const SUBQUERY_STEP_MS = 60_000;

export function evaluate(expr: Expr, options: EvaluationOptions, ports: EvaluationPorts): Promise<Value> {
  // `@ start()` and `@ end()` are those of the whole query, in subqueries too.
  const bounds = { start: options.startMs, end: stepAt(options, options.count - 1) };
  const { lookbackMs } = options;
  return createEvaluator({ grid: options, lookbackMs, bounds, ports, held: { values: 0 } })(expr);
}

type Context = {
  readonly grid: Grid;
  readonly lookbackMs: number;
  readonly bounds: { readonly start: number; readonly end: number };
  readonly ports: EvaluationPorts;
  /** Of the whole query: what its parts came to and is not used up yet. */
  readonly held: { values: number };
};

function createEvaluator(context: Context): (expr: Expr) => Promise<Value> {
  const { grid, lookbackMs, bounds, ports, held } = context;
  const { count } = grid;
  const pause = () => ports.pause();
  const { spanOf, sweep } = createSweep({ grid, bounds, held: () => held.values, pause });

  async function instant({ matchers, timing }: VectorSelector, use: WindowFunction): Promise<Column[]> {
    const series = await ports.select(matchers, spanOf(timing, lookbackMs));
    return sweep(series, { timing, lengthMs: lookbackMs, untilEnded: true }, use);
  }

  async function subquerySeries(subquery: Subquery): Promise<PointSeries[]> {
    const inner = innerGrid(subquery, spanOf(subquery.timing, subquery.rangeMs));
    return inner ? pointsOf(await createEvaluator({ ...context, grid: inner })(subquery.of), inner) : [];
  }

  async function overWindows(call: Call): Promise<Column[]> {
    const at = call.args.findIndex(({ kind }) => kind === 'range' || kind === 'subquery');
    const range = call.args[at]!;
    const other = call.args[1 - at];
    const parameter = other && (await scalarOf(other));
    const use = WINDOW_FUNCTIONS[call.name === 'absent_over_time' ? 'present_over_time' : call.name]!;
    if (range.kind !== 'range' && range.kind !== 'subquery') throw new Error('the query was not checked');
    const timing = range.kind === 'range' ? range.of.timing : range.timing;
    const series =
      range.kind === 'range'
        ? await ports.select(range.of.matchers, spanOf(timing, range.rangeMs))
        : await subquerySeries(range);
    const columns = await sweep(series, { timing, lengthMs: range.rangeMs }, use, parameter);
    if (call.name === 'absent_over_time') return absentOf(columns, { of: range, count });
    return KEEPS_NAME.has(call.name) ? columns : unnamed(columns);
  }

  async function scalarOf(expr: Expr): Promise<Float64Array> {
    const value = await run(expr);
    if (value.type !== 'scalar') throw new Error('the query was not checked');
    return value.values;
  }

  async function columnsOf(expr: Expr): Promise<readonly Column[]> {
    const value = await run(expr);
    if (value.type !== 'vector') throw new Error('the query was not checked');
    return value.columns;
  }

  const filled = (value: number) => new Float64Array(count).fill(value);
  const seconds = () => Float64Array.from({ length: count }, (_, i) => stepAt(grid, i) / 1_000);
  async function callOf(call: Call): Promise<Value> {
    const { name, args } = call;
    if (WINDOW_FUNCTIONS[name] || name === 'absent_over_time') return vector(await overWindows(call));
    if (name === 'time') return { type: 'scalar', values: seconds() };
    if (name === 'pi') return { type: 'scalar', values: filled(Math.PI) };
    if (name === 'vector') return vector(always(await scalarOf(args[0]!)));
    const [first] = args;
    if (name === 'timestamp' && first?.kind === 'vector')
      return vector(unnamed(await instant(first, ({ ms, to }) => ms[to - 1]! / 1_000)));
    const dates = DATES[name];
    if (dates) return vector(mapped(first ? await columnsOf(first) : always(seconds()), dates));
    if (name === 'histogram_quantile')
      return vector(histogramQuantile(await scalarOf(args[0]!), await columnsOf(args[1]!)));
    return callOnColumns(call, await columnsOf(args[0]!), { grid, scalarOf, pause });
  }

  async function run(expr: Expr): Promise<Value> {
    const turn = pause();
    if (turn) await turn;
    const before = held.values;
    const value = await evaluated(expr);
    // What its parts came to is gone.
    held.values = before + (value.type === 'vector' ? value.columns.length : 1) * count;
    checkValues(held.values);
    return value;
  }

  async function evaluated(expr: Expr): Promise<Value> {
    switch (expr.kind) {
      case 'number':
        return { type: 'scalar', values: filled(expr.value) };
      case 'string':
        return { type: 'string', value: expr.value };
      case 'vector':
        return vector(await instant(expr, ({ values, to }) => values[to - 1]!));
      case 'negate':
        return negated(await run(expr.of));
      case 'call':
        return callOf(expr);
      case 'aggregate': {
        const columns = await columnsOf(expr.of);
        const { param } = expr;
        if (param?.kind === 'string')
          return vector(await aggregate(expr, columns, { label: param.value, pause }));
        return vector(
          await aggregate(expr, columns, { ...(param && { numbers: await scalarOf(param) }), pause }),
        );
      }
      case 'binary':
        return applyBinary(expr, { left: await run(expr.left), right: await run(expr.right), pause });
      default:
        throw new Error('the query was not checked');
    }
  }

  return run;
}

/** Every multiple of a subquery's step that its windows can reach; undefined where there is none. */
function innerGrid(
  { stepMs = SUBQUERY_STEP_MS }: Subquery,
  { startMs, stopMs }: { readonly startMs: number; readonly stopMs: number },
): Grid | undefined {
  const firstMs = Math.ceil(startMs / stepMs) * stepMs;
  const count = Math.floor((stopMs - 1 - firstMs) / stepMs) + 1;
  if (count > MAX_SUBQUERY_STEPS)
    throw new EvaluationError(
      `a subquery of ${count} steps is over the limit of ${MAX_SUBQUERY_STEPS}`,
      'Write a longer step after the colon.',
    );
  return count < 1 ? undefined : { startMs: firstMs, stepMs, count };
}

function negated(value: Value): Value {
  if (value.type === 'vector') return vector(mapped(value.columns, (one) => -one));
  return value.type === 'scalar' ? { type: 'scalar', values: value.values.map((one) => -one) } : value;
}

/** One series with a value at every step. */
const always = (values: Float64Array): Column[] => [
  { labels: {}, values, present: new Uint8Array(values.length).fill(1) },
];

function pointsOf(value: Value, grid: Grid): PointSeries[] {
  const columns: readonly Column[] =
    value.type === 'vector'
      ? value.columns
      : value.type === 'scalar'
        ? [{ labels: {}, values: value.values, present: new Uint8Array(grid.count).fill(1) }]
        : [];
  return [...Map.groupBy(columns, ({ labels }) => keyOf(labels)).values()]
    .flat()
    .map(({ labels, values, present }) => {
      const [ms, kept]: [number[], number[]] = [[], []];
      for (let i = 0; i < grid.count; i++) {
        if (!present[i]) continue;
        ms.push(stepAt(grid, i));
        kept.push(values[i]!);
      }
      return { labels, ms, values: kept };
    });
}
