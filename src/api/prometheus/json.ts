// Answers of queries as Prometheus writes them: times in seconds, values as strings, pieces made while they are sent.
import { compareBytes } from '../../domain/names.ts';
import { formatValue } from '../../domain/promql/format-value.ts';
import { MAX_SERIES } from '../../domain/promql/grid.ts';
import { type Column, keyOf, type SeriesLabels, stepAt } from '../../domain/promql/values.ts';
import type { PromqlAnswer, Remarks } from './service.ts';

const PIECE_CHARS = 64 * 1_024;

const pair = (ms: number, value: number): string => `[${ms / 1_000},"${formatValue(value)}"]`;

/** By name, as Prometheus writes them. */
const labelsJson = (labels: SeriesLabels): string =>
  JSON.stringify(Object.fromEntries(Object.entries(labels).sort(([a], [b]) => compareBytes(a, b))));

/** The fields after `data`, with a comma in front. */
export function remarksJson({ warnings, infos }: Remarks): string {
  const found = [
    warnings.length > 0 && `"warnings":${JSON.stringify(warnings)}`,
    infos.length > 0 && `"infos":${JSON.stringify(infos)}`,
  ];
  return found.flatMap((one) => (one ? [`,${one}`] : [])).join('');
}

export type PromqlJson = {
  readonly before: string;
  readonly elements: readonly Column[];
  elementJson(column: Column): string;
  readonly after: string;
};

export function answerJson({ value, grid, ...remarks }: PromqlAnswer, isRange: boolean): PromqlJson {
  const open = (type: string) => `{"status":"success","data":{"resultType":"${type}","result":`;
  const none = { elements: [], elementJson: () => '' };
  if (value.type === 'string') {
    const text = `[${grid.startMs / 1_000},${JSON.stringify(value.value)}]`;
    return { before: `${open('string')}${text}}`, ...none, after: `${remarksJson(remarks)}}` };
  }
  if (value.type === 'scalar' && !isRange) {
    const after = `}${remarksJson(remarks)}}`;
    return { before: `${open('scalar')}${pair(grid.startMs, value.values[0]!)}`, ...none, after };
  }
  const all: Column[] =
    value.type === 'vector'
      ? value.columns.filter(({ present }) => present.includes(1))
      : [{ labels: {}, values: value.values, present: new Uint8Array(grid.count).fill(1) }];
  const cut = all.length > MAX_SERIES ? [`cut at ${MAX_SERIES} of ${all.length} series`] : [];
  if (isRange) all.sort((a, b) => compareBytes(keyOf(a.labels), keyOf(b.labels)));
  const warnings = [...remarks.warnings, ...cut];
  return {
    before: `${open(isRange ? 'matrix' : 'vector')}[`,
    elements: all.slice(0, MAX_SERIES),
    elementJson({ labels, values, present }) {
      if (!isRange) return `{"metric":${labelsJson(labels)},"value":${pair(grid.startMs, values[0]!)}}`;
      const points: string[] = [];
      for (let i = 0; i < grid.count; i++) if (present[i]) points.push(pair(stepAt(grid, i), values[i]!));
      return `{"metric":${labelsJson(labels)},"values":[${points.join(',')}]}`;
    },
    after: `]}${remarksJson({ ...remarks, warnings })}}`,
  };
}

/** Pieces of the elements: each is made in a turn of its own. */
export async function* elementsOf({
  elements,
  elementJson,
}: PromqlJson): AsyncGenerator<Uint8Array, void, undefined> {
  let piece = '';
  let comma = '';
  for (const element of elements) {
    piece += comma + elementJson(element);
    comma = ',';
    if (piece.length < PIECE_CHARS) continue;
    yield Buffer.from(piece);
    piece = '';
    await new Promise(setImmediate);
  }
  if (piece !== '') yield Buffer.from(piece);
}
