// Functions that look at labels: label_replace, label_join, absent, sort_by_label, histogram_quantile.
import { compareBytes } from '../names.ts';
import { createPattern } from './pattern.ts';
import { EvaluationError, type Expr } from './syntax.ts';
import { type Column, keyOf, mergeSame, newColumn, type SeriesLabels, withoutLabels } from './values.ts';

function withLabel(labels: SeriesLabels, name: string, value: string): SeriesLabels {
  const rest = withoutLabels(labels, [name]);
  return value === '' ? rest : Object.assign(Object.create(null), rest, { [name]: value });
}

/** What is put together out of others may be put together again: without a limit a short query fills the memory. */
const MAX_LABEL_CHARS = 4_096;

function checkLength(call: string, length: number): void {
  if (length > MAX_LABEL_CHARS)
    throw new EvaluationError(
      `a label of ${call}() has ${length} characters; the limit is ${MAX_LABEL_CHARS}`,
    );
}

type Pause = () => Promise<void> | undefined;

async function eachInTurns(
  columns: readonly Column[],
  pause: Pause,
  change: (column: Column) => Column,
): Promise<Column[]> {
  const results: Column[] = [];
  for (const column of columns) {
    const turn = pause();
    if (turn) await turn;
    results.push(change(column));
  }
  return mergeSame(results);
}

/** `$1`, `${1}`, `$name`, `$$` as Go's templates have them. */
export function labelReplace(
  columns: readonly Column[],
  [target = '', replacement = '', source = '', regex = '']: readonly string[],
  pause: Pause,
): Promise<Column[]> {
  const pattern = createPattern(regex);
  const groupsOf = (text: string) => {
    try {
      return pattern.groups(text);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      throw new EvaluationError(`the regular expression ${JSON.stringify(regex)}: ${error.message}`);
    }
  };
  return eachInTurns(columns, pause, (column) => {
    const groups = groupsOf(column.labels[source] ?? '');
    if (!groups) return column;
    let length = 0;
    const value = replacement.replace(/\$(?:\$|(\w+)|\{(\w+)\})/g, (all, bare, braced) => {
      if (all === '$$') return '$';
      const name: string = bare ?? braced;
      const group = groups[/^\d+$/.test(name) ? Number(name) : (pattern.names.get(name) ?? -1)] ?? '';
      length += group.length;
      checkLength('label_replace', length);
      return group;
    });
    checkLength('label_replace', value.length);
    return { ...column, labels: withLabel(column.labels, target, value) };
  });
}

export function labelJoin(
  columns: readonly Column[],
  [target = '', separator = '', ...sources]: readonly string[],
  pause: Pause,
): Promise<Column[]> {
  if (!/^[a-zA-Z_]\w*$/.test(target))
    throw new EvaluationError(`invalid destination label name in label_join(): ${target}`);
  return eachInTurns(columns, pause, (column) => {
    const texts = sources.map((name) => column.labels[name] ?? '');
    const length = texts.reduce((sum, text) => sum + separator.length + text.length, -separator.length);
    checkLength('label_join', length);
    return { ...column, labels: withLabel(column.labels, target, texts.join(separator)) };
  });
}

/** 1 at the steps where no column has a value, with the labels that the selector says by `=`. */
export function absentOf(
  columns: readonly Column[],
  { of, count }: { readonly of: Expr; readonly count: number },
): Column[] {
  const selector = of.kind === 'range' ? of.of : of;
  const labels: Record<string, string> = Object.create(null);
  const refused = new Set(['__name__']);
  for (const { label, op, value } of selector.kind === 'vector' ? selector.matchers : []) {
    if (op !== '=' || label in labels) refused.add(label);
    else labels[label] = value;
  }
  const result = newColumn(withoutLabels(labels, [...refused]), count);
  let any = false;
  for (let i = 0; i < count; i++) {
    if (columns.some(({ present }) => present[i])) continue;
    result.present[i] = 1;
    result.values[i] = 1;
    any = true;
  }
  return any ? [result] : [];
}

export function sortByLabels(
  columns: readonly Column[],
  names: readonly string[],
  descending: boolean,
): Column[] {
  const natural = new Intl.Collator('en', { numeric: true });
  const order = (a: Column, b: Column): number => {
    for (const name of names) {
      const by = natural.compare(a.labels[name] ?? '', b.labels[name] ?? '');
      if (by !== 0) return by;
    }
    return compareBytes(keyOf(a.labels), keyOf(b.labels));
  };
  return [...columns].sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

/** Of classic histograms: buckets with a label `le`, counts up to it. */
export function histogramQuantile(q: Float64Array, columns: readonly Column[]): Column[] {
  const groups = Map.groupBy(
    columns.filter(({ labels }) => labels['le'] !== undefined),
    ({ labels }) => keyOf(withoutLabels(labels, ['__name__', 'le'])),
  );
  return [...groups.values()].map((group) => {
    const buckets = group
      .map((column) => ({ column, le: boundOf(column.labels['le']!) }))
      .filter(({ le }) => !Number.isNaN(le))
      .sort((a, b) => a.le - b.le);
    const result = newColumn(withoutLabels(group[0]!.labels, ['__name__', 'le']), q.length);
    for (let i = 0; i < q.length; i++) {
      const here = buckets
        .filter(({ column }) => column.present[i])
        .map(({ column, le }) => ({ le, count: column.values[i]! }));
      if (here.length === 0) continue;
      result.present[i] = 1;
      result.values[i] = quantileOfBuckets(q[i]!, here);
    }
    return result;
  });
}

const boundOf = (le: string): number => (/^\+?Inf$/i.test(le) ? Number.POSITIVE_INFINITY : Number(le));

function quantileOfBuckets(q: number, buckets: { readonly le: number; count: number }[]): number {
  if (Number.isNaN(q)) return Number.NaN;
  if (q < 0) return Number.NEGATIVE_INFINITY;
  if (q > 1) return Number.POSITIVE_INFINITY;
  const total = buckets.at(-1)!;
  if (total.le !== Number.POSITIVE_INFINITY || buckets.length < 2) return Number.NaN;
  // Scraped at slightly different times, counts may fall a little.
  for (let i = 1; i < buckets.length; i++)
    buckets[i]!.count = Math.max(buckets[i]!.count, buckets[i - 1]!.count);
  if (total.count === 0 || Number.isNaN(total.count)) return Number.NaN;
  const rank = q * total.count;
  const at = buckets.findIndex(({ count }) => count >= rank);
  if (at === buckets.length - 1) return buckets.at(-2)!.le;
  const { le, count } = buckets[at]!;
  if (at === 0 && le <= 0) return le;
  const [start, before] = at === 0 ? [0, 0] : [buckets[at - 1]!.le, buckets[at - 1]!.count];
  return start + (le - start) * ((rank - before) / (count - before));
}
