// Operators between values: columns of both sides matched by their labels, step by step.
import { ARITHMETIC, COMPARING } from './elementwise.ts';
import { type Binary, COMPARISONS, EvaluationError, type Matching } from './syntax.ts';
import {
  type Column,
  checkValues,
  keyOf,
  labelsText,
  mergeSame,
  newColumn,
  onlyLabels,
  type SeriesLabels,
  type Value,
  withoutLabels,
  withoutName,
} from './values.ts';

type Operation = {
  /** Undefined: a comparison that leaves the element out. */
  readonly apply: (a: number, b: number) => number | undefined;
  readonly dropsName: boolean;
};

function operationOf({ op, bool }: Pick<Binary, 'op' | 'bool'>): Operation {
  if (!COMPARISONS.has(op)) return { apply: ARITHMETIC[op]!, dropsName: true };
  const holds = COMPARING[op]!;
  if (bool) return { apply: (a, b) => (holds(a, b) ? 1 : 0), dropsName: true };
  return { apply: (a, b) => (holds(a, b) ? a : undefined), dropsName: false };
}

export async function applyBinary(
  of: Binary,
  { left, right, pause }: { readonly left: Value; readonly right: Value; pause(): Promise<void> | undefined },
): Promise<Value> {
  if (left.type === 'string' || right.type === 'string') throw new Error('a string has no operators');
  const operation = operationOf(of);
  if (left.type === 'scalar' && right.type === 'scalar') {
    return { type: 'scalar', values: left.values.map((a, i) => operation.apply(a, right.values[i]!)!) };
  }
  if (left.type === 'scalar' && right.type === 'vector')
    return withScalar(right.columns, operation, (value, i) => {
      const result = operation.apply(left.values[i]!, value);
      // What a filter keeps is the element, on whichever side the number is.
      return result === undefined || operation.dropsName ? result : value;
    });
  if (left.type === 'vector' && right.type === 'scalar')
    return withScalar(left.columns, operation, (value, i) => operation.apply(value, right.values[i]!));
  if (left.type !== 'vector' || right.type !== 'vector') throw new Error('unreachable');
  const matching = of.matching ?? { on: false, labels: [], include: [] };
  const columns =
    of.op === 'and' || of.op === 'or' || of.op === 'unless'
      ? sets(of.op, { left: left.columns, right: right.columns, matching })
      : await matched(operation, pause, { left: left.columns, right: right.columns, matching });
  return { type: 'vector', columns };
}

function withScalar(
  columns: readonly Column[],
  { dropsName }: Operation,
  apply: (value: number, i: number) => number | undefined,
): Value {
  const results = columns.map((column) => {
    const result = newColumn(dropsName ? withoutName(column.labels) : column.labels, column.values.length);
    for (let i = 0; i < column.values.length; i++) {
      if (column.present[i]) put(result, i, apply(column.values[i]!, i));
    }
    return result;
  });
  return { type: 'vector', columns: dropsName ? mergeSame(results) : results };
}

function put(column: Column, i: number, value: number | undefined): void {
  if (value === undefined) return;
  column.values[i] = value;
  column.present[i] = 1;
}

type Sides = {
  readonly left: readonly Column[];
  readonly right: readonly Column[];
  readonly matching: Matching;
};

const signatureOf = (labels: SeriesLabels, { on, labels: names }: Matching): string =>
  keyOf(on ? onlyLabels(labels, names) : withoutLabels(labels, ['__name__', ...names]));

const bySignature = (columns: readonly Column[], matching: Matching): Map<string, Column[]> =>
  Map.groupBy(columns, ({ labels }) => signatureOf(labels, matching));

function sets(op: 'and' | 'or' | 'unless', { left, right, matching }: Sides): Column[] {
  const presence = (columns: readonly Column[]) => {
    const found = new Map<string, Uint8Array>();
    for (const [signature, group] of bySignature(columns, matching)) {
      const any = new Uint8Array(group[0]!.present.length);
      for (const { present } of group) for (let i = 0; i < any.length; i++) any[i] = any[i]! | present[i]!;
      found.set(signature, any);
    }
    return found;
  };
  const keep = (columns: readonly Column[], others: ReadonlyMap<string, Uint8Array>, when: 0 | 1) =>
    columns.flatMap((column) => {
      const other = others.get(signatureOf(column.labels, matching));
      if (!other) return when === 0 ? [column] : [];
      const present = column.present.map((is, i) => (is === 1 && other[i] === when ? 1 : 0));
      return [{ ...column, present }];
    });
  if (op === 'and') return keep(left, presence(right), 1);
  if (op === 'unless') return keep(left, presence(right), 0);
  return mergeSame([...left, ...keep(right, presence(left), 0)]);
}

async function matched(
  { apply, dropsName }: Operation,
  pause: () => Promise<void> | undefined,
  { left, right, matching }: Sides,
): Promise<Column[]> {
  const swapped = matching.many === 'right';
  const [many, one] = swapped ? [right, left] : [left, right];
  const ones = bySignature(one, matching);
  const results: Column[] = [];
  for (const [signature, manyGroup] of bySignature(many, matching)) {
    const oneGroup = ones.get(signature);
    if (!oneGroup) continue;
    const turn = pause();
    if (turn) await turn;
    checkUnique(oneGroup, { matching, side: swapped ? 'left' : 'right', with: manyGroup });
    if (matching.many === undefined) checkOneToOne(manyGroup, oneGroup);
    for (const a of manyGroup) {
      const next = pause();
      if (next) await next;
      for (const b of oneGroup) {
        const result = newColumn(resultLabels(a.labels, b.labels, { matching, dropsName }), a.values.length);
        let any = false;
        for (let i = 0; i < a.values.length; i++) {
          if (!a.present[i] || !b.present[i]) continue;
          const [x, y] = swapped ? [b.values[i]!, a.values[i]!] : [a.values[i]!, b.values[i]!];
          put(result, i, apply(x, y));
          any ||= result.present[i] === 1;
        }
        if (any) results.push(result);
        checkValues(results.length * a.values.length);
      }
    }
  }
  return mergeSame(results, 'multiple matches for labels: grouping labels must ensure unique matches');
}

function checkUnique(
  group: readonly Column[],
  {
    matching,
    side,
    with: others,
  }: { readonly matching: Matching; readonly side: string; readonly with: readonly Column[] },
): void {
  if (group.length === 1) return;
  const count = group[0]!.values.length;
  for (let i = 0; i < count; i++) {
    const at = group.filter(({ present }) => present[i]);
    if (at.length < 2 || !others.some(({ present }) => present[i])) continue;
    const labels = at[0]!.labels;
    const match = matching.on
      ? onlyLabels(labels, matching.labels)
      : withoutLabels(labels, ['__name__', ...matching.labels]);
    throw new EvaluationError(
      `found duplicate series for the match group ${labelsText(match)} on the ${side} hand-side of the operation: [${labelsText(at[0]!.labels)}, ${labelsText(at[1]!.labels)}];many-to-many matching not allowed: matching labels must be unique on one side`,
    );
  }
}

function checkOneToOne(many: readonly Column[], one: readonly Column[]): void {
  if (many.length === 1) return;
  for (let i = 0; i < many[0]!.values.length; i++) {
    if (!one.some(({ present }) => present[i])) continue;
    if (many.filter(({ present }) => present[i]).length > 1)
      throw new EvaluationError(
        'multiple matches for labels: many-to-one matching must be explicit (group_left/group_right)',
      );
  }
}

function resultLabels(
  many: SeriesLabels,
  one: SeriesLabels,
  { matching, dropsName }: { readonly matching: Matching; readonly dropsName: boolean },
): SeriesLabels {
  const named = dropsName ? withoutName(many) : many;
  if (matching.many === undefined)
    return matching.on ? onlyLabels(named, matching.labels) : withoutLabels(named, matching.labels);
  if (matching.include.length === 0) return named;
  return { ...withoutLabels(named, matching.include), ...onlyLabels(one, matching.include) };
}
