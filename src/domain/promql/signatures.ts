// The supported functions and aggregations with their types. Others in the grammar are rejected by name.
import type { ValueType } from './syntax.ts';

export type Signature = {
  readonly args: readonly ValueType[];
  /** How many of `args` may be left out, from the end. */
  readonly optional: number;
  /** The last may be given any number of times. */
  readonly variadic?: true;
  readonly returns: ValueType;
};

const V = 'instant vector';
const R = 'range vector';
const S = 'scalar';
const T = 'string';

const of = (names: string, args: readonly ValueType[], rest: Partial<Signature> = {}) =>
  names.split(' ').map((name) => [name, { args, optional: 0, returns: V, ...rest } as Signature] as const);

export const FUNCTIONS: ReadonlyMap<string, Signature> = new Map([
  ...of('rate irate increase delta idelta deriv changes resets absent_over_time present_over_time', [R]),
  ...of('avg_over_time min_over_time max_over_time sum_over_time count_over_time last_over_time', [R]),
  ...of('first_over_time stddev_over_time stdvar_over_time', [R]),
  ...of('quantile_over_time', [S, R]),
  ...of('predict_linear', [R, S]),
  ...of('abs ceil floor exp ln log2 log10 sqrt sgn deg rad', [V]),
  ...of('sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh', [V]),
  ...of('absent sort sort_desc timestamp', [V]),
  ...of('round', [V, S], { optional: 1 }),
  ...of('clamp', [V, S, S]),
  ...of('clamp_min clamp_max', [V, S]),
  ...of('minute hour day_of_week day_of_month day_of_year days_in_month month year', [V], { optional: 1 }),
  ...of('label_replace', [V, T, T, T, T]),
  ...of('label_join', [V, T, T, T], { variadic: true, optional: 1 }),
  ...of('sort_by_label sort_by_label_desc', [V, T], { variadic: true, optional: 1 }),
  ...of('histogram_quantile', [S, V]),
  ...of('scalar', [V], { returns: S }),
  ...of('vector', [S]),
  ...of('time pi', [], { returns: S }),
]);

/** Undefined: no parameter. */
export const AGGREGATIONS: ReadonlyMap<string, ValueType | undefined> = new Map<
  string,
  ValueType | undefined
>([
  ...['sum', 'avg', 'min', 'max', 'count', 'group', 'stddev', 'stdvar'].map((op) => [op, undefined] as const),
  ...(['topk', 'bottomk', 'quantile'] as const).map((op) => [op, S] as const),
  ['count_values', T] as const,
]);
