// Evaluates a checked query over all its steps at once: series by series, with a pause between them for others.
import { aggregate, sortColumns } from './aggregate.ts';
import { applyBinary } from './binary.ts';
import { DATES, MATH, roundTo } from './elementwise.ts';
import { absentOf, histogramQuantile, labelJoin, labelReplace, sortByLabels } from './label-functions.ts';
import {
  type Call,
  EvaluationError,
  type Expr,
  type LabelMatcher,
  type Subquery,
  type Timing,
  type VectorSelector,
} from './syntax.ts';
import {
  type Column,
  type Grid,
  keyOf,
  mergeSame,
  newColumn,
  type PointSeries,
  stepAt,
  type Value,
  withoutName,
} from './values.ts';
import { KEEPS_NAME, WINDOW_FUNCTIONS, type WindowFunction } from './windows.ts';

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
  /** How long a sample stands for its series. */
  readonly lookbackMs: number;
};

/** Values that one part of a query may come to. */
const MAX_VALUES = 12_000_000;
const MAX_SUBQUERY_STEPS = 11_000;
const SUBQUERY_STEP_MS = 60_000;

export function evaluate(expr: Expr, options: EvaluationOptions, ports: EvaluationPorts): Promise<Value> {
  // `@ start()` and `@ end()` are those of the whole query, in subqueries too.
  const bounds = { start: options.startMs, end: stepAt(options, options.count - 1) };
  return createEvaluator({ grid: options, lookbackMs: options.lookbackMs, bounds, ports })(expr);
}

type Context = {
  readonly grid: Grid;
  readonly lookbackMs: number;
  readonly bounds: { readonly start: number; readonly end: number };
  readonly ports: EvaluationPorts;
};

function createEvaluator(context: Context): (expr: Expr) => Promise<Value> {
  const { grid, lookbackMs, bounds, ports } = context;
  const { count } = grid;
  const pause = () => ports.pause();

  const constant = (value: number): Value => ({
    type: 'scalar',
    values: new Float64Array(count).fill(value),
  });
  const vector = (columns: readonly Column[]): Value => ({ type: 'vector', columns });

  /** When a selector looks at a step. */
  const timeAt = ({ offsetMs, at }: Timing, i: number): number =>
    (at === undefined ? stepAt(grid, i) : typeof at === 'number' ? at : bounds[at]) - offsetMs;

  function spanOf(timing: Timing, lengthMs: number): { readonly startMs: number; readonly stopMs: number } {
    return { startMs: timeAt(timing, 0) - lengthMs + 1, stopMs: timeAt(timing, count - 1) + 1 };
  }

  function checkSize(series: number): void {
    if (series * count <= MAX_VALUES) return;
    throw new EvaluationError(
      `query processing would make ${series * count} values at once; the limit is ${MAX_VALUES}`,
      'Ask with a longer step, a shorter range, or matchers that leave fewer series.',
    );
  }

  /** One window a step over each series; `use` puts a value of it or none. */
  async function sweep(
    series: readonly PointSeries[],
    { timing, lengthMs }: { readonly timing: Timing; readonly lengthMs: number },
    use: WindowFunction,
    parameter?: Float64Array,
  ): Promise<Column[]> {
    checkSize(series.length);
    const columns: Column[] = [];
    for (const { labels, ms, values } of series) {
      const turn = pause();
      if (turn) await turn;
      const column = newColumn(labels, count);
      const window = { ms, values, from: 0, to: 0, startMs: 0, endMs: 0, stepMs: 0 };
      let any = false;
      for (let i = 0; i < count; i++) {
        window.stepMs = stepAt(grid, i);
        window.endMs = timeAt(timing, i);
        window.startMs = window.endMs - lengthMs;
        while (window.to < ms.length && ms[window.to]! <= window.endMs) window.to++;
        while (window.from < window.to && ms[window.from]! <= window.startMs) window.from++;
        if (window.from === window.to) continue;
        const value = use(window, parameter === undefined ? 0 : parameter[i]!);
        if (value === undefined) continue;
        column.values[i] = value;
        column.present[i] = 1;
        any = true;
      }
      if (any) columns.push(column);
    }
    return columns;
  }

  async function instant({ matchers, timing }: VectorSelector, use: WindowFunction): Promise<Column[]> {
    const series = await ports.select(matchers, spanOf(timing, lookbackMs));
    return sweep(series, { timing, lengthMs: lookbackMs }, use);
  }

  /** The inner query at every multiple of its step that a window can reach. */
  async function subquerySeries({
    of,
    rangeMs,
    stepMs = SUBQUERY_STEP_MS,
    timing,
  }: Subquery): Promise<PointSeries[]> {
    const { startMs, stopMs } = spanOf(timing, rangeMs);
    const firstMs = Math.ceil(startMs / stepMs) * stepMs;
    const steps = Math.floor((stopMs - 1 - firstMs) / stepMs) + 1;
    if (steps < 1) return [];
    if (steps > MAX_SUBQUERY_STEPS)
      throw new EvaluationError(
        `a subquery of ${steps} steps is over the limit of ${MAX_SUBQUERY_STEPS}`,
        'Write a longer step behind the colon.',
      );
    const inner = { startMs: firstMs, stepMs, count: steps };
    const value = await createEvaluator({ ...context, grid: inner })(of);
    return pointsOf(value, inner);
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

  const textsOf = (args: readonly Expr[]): string[] =>
    args.map((arg) => (arg.kind === 'string' ? arg.value : ''));

  const seconds = () => Float64Array.from({ length: count }, (_, i) => stepAt(grid, i) / 1_000);
  const always = (values: Float64Array): Column[] => [
    { labels: {}, values, present: new Uint8Array(count).fill(1) },
  ];

  async function callOf(call: Call): Promise<Value> {
    const { name, args } = call;
    if (WINDOW_FUNCTIONS[name] || name === 'absent_over_time') return vector(await overWindows(call));
    if (name === 'time') return { type: 'scalar', values: seconds() };
    if (name === 'pi') return constant(Math.PI);
    if (name === 'vector') return vector(always(await scalarOf(args[0]!)));
    const [first] = args;
    if (name === 'timestamp' && first?.kind === 'vector')
      return vector(unnamed(await instant(first, ({ ms, to }) => ms[to - 1]! / 1_000)));
    const dates = DATES[name];
    if (dates) return vector(mapped(first ? await columnsOf(first) : always(seconds()), dates));
    if (name === 'histogram_quantile')
      return vector(histogramQuantile(await scalarOf(args[0]!), await columnsOf(args[1]!)));
    return ofColumns(call, await columnsOf(args[0]!));
  }

  async function ofColumns({ name, args }: Call, columns: readonly Column[]): Promise<Value> {
    switch (name) {
      case 'scalar':
        return {
          type: 'scalar',
          values: Float64Array.from({ length: count }, (_, i) => onlyValue(columns, i)),
        };
      case 'absent':
        return vector(absentOf(columns, { of: args[0]!, count }));
      case 'sort':
      case 'sort_desc':
        return vector(count === 1 ? sortColumns(columns, name === 'sort_desc') : columns);
      case 'sort_by_label':
      case 'sort_by_label_desc':
        return vector(sortByLabels(columns, textsOf(args.slice(1)), name === 'sort_by_label_desc'));
      case 'label_replace':
        return vector(labelReplace(columns, textsOf(args.slice(1))));
      case 'label_join':
        return vector(labelJoin(columns, textsOf(args.slice(1))));
      case 'timestamp':
        return vector(mapped(columns, (_value, i) => stepAt(grid, i) / 1_000));
      case 'round':
        return numeric(
          columns,
          args[1] ? [await scalarOf(args[1])] : [new Float64Array(count).fill(1)],
          roundTo,
        );
      case 'clamp_min':
        return numeric(columns, [await scalarOf(args[1]!)], (value, least) => Math.max(value, least));
      case 'clamp_max':
        return numeric(columns, [await scalarOf(args[1]!)], (value, most) => Math.min(value, most));
      case 'clamp':
        return numeric(columns, [await scalarOf(args[1]!), await scalarOf(args[2]!)], (value, least, most) =>
          least > most ? undefined : Math.max(least, Math.min(most, value)),
        );
      default:
        return vector(mapped(columns, MATH[name]!));
    }
  }

  const numeric = (
    columns: readonly Column[],
    [a, b]: readonly Float64Array[],
    apply: (value: number, a: number, b: number) => number | undefined,
  ): Value => vector(mapped(columns, (value, i) => apply(value, a![i]!, b ? b[i]! : 0)));

  async function run(expr: Expr): Promise<Value> {
    const turn = pause();
    if (turn) await turn;
    switch (expr.kind) {
      case 'number':
        return constant(expr.value);
      case 'string':
        return { type: 'string', value: expr.value };
      case 'vector':
        return vector(await instant(expr, ({ values, to }) => values[to - 1]!));
      case 'negate': {
        const value = await run(expr.of);
        if (value.type === 'vector') return vector(mapped(value.columns, (one) => -one));
        return value.type === 'scalar' ? { type: 'scalar', values: value.values.map((one) => -one) } : value;
      }
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

function onlyValue(columns: readonly Column[], i: number): number {
  const here = columns.filter(({ present }) => present[i]);
  return here.length === 1 ? here[0]!.values[i]! : Number.NaN;
}

const unnamed = (columns: readonly Column[]): Column[] =>
  mergeSame(columns.map((column) => ({ ...column, labels: withoutName(column.labels) })));

/** Each value by itself; the metric's name is lost, as the result is no longer that metric. */
function mapped(
  columns: readonly Column[],
  apply: (value: number, i: number) => number | undefined,
): Column[] {
  return mergeSame(
    columns.map(({ labels, values, present }) => {
      const result = newColumn(withoutName(labels), values.length);
      for (let i = 0; i < values.length; i++) {
        const value = present[i] ? apply(values[i]!, i) : undefined;
        if (value === undefined) continue;
        result.values[i] = value;
        result.present[i] = 1;
      }
      return result;
    }),
  );
}

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
