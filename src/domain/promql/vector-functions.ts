// Functions of an instant vector: each value by itself, or the labels of the series.

import { sortColumns } from './aggregate.ts';
import { MATH, roundTo } from './elementwise.ts';
import { absentOf, labelJoin, labelReplace, sortByLabels } from './label-functions.ts';
import type { Call, Expr } from './syntax.ts';
import { type Column, type Grid, mergeSame, newColumn, stepAt, type Value, withoutName } from './values.ts';

type Evaluating = {
  readonly grid: Grid;
  /** An argument's number at each step. */
  scalarOf(expr: Expr): Promise<Float64Array>;
  /** A promise when others should have a turn. */
  pause(): Promise<void> | undefined;
};

/** The value of a call whose first argument came to these columns. */
export async function callOnColumns(
  { name, args }: Call,
  columns: readonly Column[],
  { grid, scalarOf, pause }: Evaluating,
): Promise<Value> {
  const { count } = grid;
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
      return vector(await labelReplace(columns, textsOf(args.slice(1)), pause));
    case 'label_join':
      return vector(await labelJoin(columns, textsOf(args.slice(1)), pause));
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

function onlyValue(columns: readonly Column[], i: number): number {
  const here = columns.filter(({ present }) => present[i]);
  return here.length === 1 ? here[0]!.values[i]! : Number.NaN;
}

export const vector = (columns: readonly Column[]): Value => ({ type: 'vector', columns });

const textsOf = (args: readonly Expr[]): string[] =>
  args.map((arg) => (arg.kind === 'string' ? arg.value : ''));

/** Without the metric's name. */
export const unnamed = (columns: readonly Column[]): Column[] =>
  mergeSame(columns.map((column) => ({ ...column, labels: withoutName(column.labels) })));

/** Each value by itself; the metric's name is lost, as the result is no longer that metric. */
export function mapped(
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
