// Aggregations: columns grouped by their labels, and each group's values of a step made one, or chosen among.
import { formatValue } from './format-value.ts';
import { type Aggregation, EvaluationError } from './syntax.ts';
import {
  type Column,
  checkValues,
  keyOf,
  mergeSame,
  newColumn,
  onlyLabels,
  type SeriesLabels,
  withoutLabels,
} from './values.ts';
import { forQuantiles, quantileOf } from './window-functions.ts';

/** The parameter of `topk`, `quantile` a step; of `count_values` the label. */
export type AggregationParameter = {
  readonly numbers?: Float64Array;
  readonly label?: string;
  /** A promise when others should have a turn. */
  pause(): Promise<void> | undefined;
};

export async function aggregate(
  { op, grouping }: Pick<Aggregation, 'op' | 'grouping'>,
  columns: readonly Column[],
  { numbers, label = '', pause }: AggregationParameter,
): Promise<Column[]> {
  const { without, labels: names } = grouping;
  const groupLabels = (labels: SeriesLabels) =>
    without ? withoutLabels(labels, ['__name__', ...names]) : onlyLabels(labels, names);
  const groups = new Map<string, { readonly labels: SeriesLabels; readonly columns: Column[] }>();
  for (const column of columns) {
    const turn = pause();
    if (turn) await turn;
    const labels = groupLabels(column.labels);
    const key = keyOf(labels);
    const group = groups.get(key);
    if (group) group.columns.push(column);
    else groups.set(key, { labels, columns: [column] });
  }
  if ((op === 'topk' || op === 'bottomk') && numbers?.some((k) => Number.isNaN(k)))
    throw new EvaluationError('Parameter value is NaN', `Give ${op} a number.`);
  const results: Column[] = [];
  for (const group of groups.values()) {
    const turn = pause();
    if (turn) await turn;
    if (op === 'topk' || op === 'bottomk')
      for (const one of await ranked(group.columns, { k: numbers!, highest: op === 'topk', pause }))
        results.push(one);
    else if (op === 'count_values')
      for (const one of await countValues(group, { label, before: results.length, pause })) results.push(one);
    else if (op === 'quantile') results.push(await quantiles(group, numbers!, pause));
    else results.push(await fold(op, group, pause));
  }
  return results;
}

type Group = { readonly labels: SeriesLabels; readonly columns: readonly Column[] };

async function fold(
  op: string,
  { labels, columns }: Group,
  pause: AggregationParameter['pause'],
): Promise<Column> {
  const count = columns[0]!.values.length;
  const result = newColumn(labels, count);
  const { values, present } = result;
  const seen = new Float64Array(count);
  /** What rounding lost of each addition (Neumaier). */
  const lost = new Float64Array(count);
  const squares = new Float64Array(op.startsWith('std') ? count : 0);
  for (const column of columns) {
    const turn = pause();
    if (turn) await turn;
    for (let i = 0; i < count; i++) {
      if (!column.present[i]) continue;
      const value = column.values[i]!;
      const n = ++seen[i]!;
      present[i] = 1;
      if (op === 'sum' || op === 'avg') {
        const [total, next] = [values[i]!, values[i]! + value];
        lost[i] =
          lost[i]! + (Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total);
        values[i] = next;
      }
      if (op === 'min')
        values[i] = n === 1 || value < values[i]! || Number.isNaN(values[i]) ? value : values[i]!;
      else if (op === 'max')
        values[i] = n === 1 || value > values[i]! || Number.isNaN(values[i]) ? value : values[i]!;
      else if (op === 'stddev' || op === 'stdvar') {
        const distance = value - values[i]!;
        values[i] = values[i]! + distance / n;
        squares[i] = squares[i]! + distance * (value - values[i]!);
      }
    }
  }
  for (let i = 0; i < count; i++) {
    if (!present[i]) continue;
    const n = seen[i]!;
    if ((op === 'sum' || op === 'avg') && Number.isFinite(values[i])) values[i] = values[i]! + lost[i]!;
    if (op === 'avg') values[i] = values[i]! / n;
    else if (op === 'count') values[i] = n;
    else if (op === 'group') values[i] = 1;
    else if (op === 'stdvar') values[i] = squares[i]! / n;
    else if (op === 'stddev') values[i] = Math.sqrt(squares[i]! / n);
  }
  return result;
}

/** NaN is the last in both orders. */
const byValue = (highest: boolean) => (a: number, b: number) =>
  Number.isNaN(a) ? (Number.isNaN(b) ? 0 : 1) : Number.isNaN(b) ? -1 : highest ? b - a : a - b;

/** Columns with only the values that are among the first k of their step; of one step in their order. */
async function ranked(
  columns: readonly Column[],
  {
    k,
    highest,
    pause,
  }: { readonly k: Float64Array; readonly highest: boolean; pause(): Promise<void> | undefined },
): Promise<Column[]> {
  const count = columns[0]!.values.length;
  const kept = new Map<Column, Column>();
  const order = byValue(highest);
  for (let i = 0; i < count; i++) {
    const turn = pause();
    if (turn) await turn;
    const wanted = Math.trunc(k[i]!);
    if (!(wanted >= 1)) continue;
    const here = columns.filter(({ present }) => present[i]);
    here.sort((a, b) => order(a.values[i]!, b.values[i]!));
    for (const column of here.slice(0, wanted)) {
      const result = kept.get(column) ?? newColumn(column.labels, count);
      kept.set(column, result);
      result.values[i] = column.values[i]!;
      result.present[i] = 1;
    }
  }
  return [...kept.values()];
}

async function quantiles(
  { labels, columns }: Group,
  q: Float64Array,
  pause: AggregationParameter['pause'],
): Promise<Column> {
  const result = newColumn(labels, columns[0]!.values.length);
  for (let i = 0; i < result.values.length; i++) {
    const turn = pause();
    if (turn) await turn;
    const here = columns.filter(({ present }) => present[i]).map(({ values }) => values[i]!);
    if (here.length === 0) continue;
    result.present[i] = 1;
    result.values[i] = quantileOf(forQuantiles(Float64Array.from(here)), q[i]!);
  }
  return result;
}

async function countValues(
  { labels, columns }: Group,
  {
    label,
    before,
    pause,
  }: { readonly label: string; readonly before: number; pause(): Promise<void> | undefined },
): Promise<Column[]> {
  const found = new Map<string, Column>();
  for (const column of columns) {
    const turn = pause();
    if (turn) await turn;
    for (let i = 0; i < column.values.length; i++) {
      if (!column.present[i]) continue;
      const value = formatValue(column.values[i]!);
      let result = found.get(value);
      if (!result) {
        // Each value that there is becomes a series of its own, in each group.
        checkValues((before + found.size + 1) * column.values.length);
        result = newColumn({ ...labels, [label]: value }, column.values.length);
        found.set(value, result);
      }
      result.present[i] = 1;
      result.values[i] = result.values[i]! + 1;
    }
  }
  return mergeSame([...found.values()]);
}

export function sortColumns(columns: readonly Column[], descending: boolean): Column[] {
  const order = byValue(descending);
  return columns.filter(({ present }) => present[0]).sort((a, b) => order(a.values[0]!, b.values[0]!));
}
