// Answers of queries as Prometheus writes them: times in seconds, values as strings, pieces made while they are sent.
import { compareBytes } from '../../domain/names.ts';
import { formatValue } from '../../domain/promql/format-value.ts';
import { MAX_SERIES } from '../../domain/promql/grid.ts';
import { type Column, type Grid, keyOf } from '../../domain/promql/values.ts';
import { createJsonBytes } from '../../wire/json-bytes.ts';
import { labelsJson, timesBefore } from '../../wire/promql-matrix.ts';
import type { ListInBytes } from '../in-bytes.ts';
import type { PromqlAnswer, PromqlMatrix, Remarks } from './service.ts';

/** As Prometheus says it. */
export const TRUNCATED = 'results truncated due to limit';

const PIECE_BYTES = 256 * 1_024;
/** They are written in about a millisecond. */
const POINTS_AT_ONCE = 12_000;
const POINT_BYTES = 24;

/** The fields after `data`, with a comma in front. */
function remarksJson({ warnings, infos }: Remarks): string {
  const found = [
    warnings.length > 0 && `"warnings":${JSON.stringify(warnings)}`,
    infos.length > 0 && `"infos":${JSON.stringify(infos)}`,
  ];
  return found.flatMap((one) => (one ? [`,${one}`] : [])).join('');
}

export type PromqlJson = {
  readonly before: string;
  readonly elements: ListInBytes['elements'];
  readonly after: string;
};

const opening = (type: string) => `{"status":"success","data":{"resultType":"${type}","result":`;

/** As answerJson, of elements that are written already. */
export const matrixJson = ({ elements, ...remarks }: PromqlMatrix): PromqlJson => ({
  ...{ before: `${opening('matrix')}[`, elements },
  after: `]}${remarksJson(remarks)}}`,
});

/** `limit`: of its series, as Prometheus counts them. */
export function answerJson(
  { value, grid, ...remarks }: PromqlAnswer,
  isRange: boolean,
  limit = MAX_SERIES,
): PromqlJson {
  const elements = new Uint8Array(0);
  if (value.type === 'string') {
    const text = `[${grid.startMs / 1_000},${JSON.stringify(value.value)}]`;
    return { before: `${opening('string')}${text}}`, elements, after: `${remarksJson(remarks)}}` };
  }
  if (value.type === 'scalar' && !isRange) {
    const pair = `[${grid.startMs / 1_000},"${formatValue(value.values[0]!)}"]`;
    return { before: `${opening('scalar')}${pair}`, elements, after: `}${remarksJson(remarks)}}` };
  }
  const all: Column[] =
    value.type === 'vector'
      ? value.columns.filter(({ present }) => present.includes(1))
      : [{ labels: {}, values: value.values, present: new Uint8Array(grid.count).fill(1) }];
  const wanted = Math.min(limit, MAX_SERIES);
  const cut = wanted < MAX_SERIES ? TRUNCATED : `cut at ${MAX_SERIES} of ${all.length} series`;
  const warnings = all.length > wanted ? [...remarks.warnings, cut] : remarks.warnings;
  return {
    before: `${opening(isRange ? 'matrix' : 'vector')}[`,
    elements: elementsOf((isRange ? byLabels(all) : all).slice(0, wanted), { grid, isRange }),
    after: `]}${remarksJson({ ...remarks, warnings })}}`,
  };
}

const byLabels = (columns: readonly Column[]): Column[] =>
  columns
    .map((column) => ({ column, key: keyOf(column.labels) }))
    .sort((a, b) => compareBytes(a.key, b.key))
    .map(({ column }) => column);

/** At once where it is one piece, else in pieces that are made while they are sent. */
function elementsOf(
  columns: readonly Column[],
  { grid, isRange }: { readonly grid: Grid; readonly isRange: boolean },
): ListInBytes['elements'] {
  const points = columns.length * grid.count;
  const json = createJsonBytes(Math.min(2 * PIECE_BYTES, 256 * columns.length + POINT_BYTES * points));
  const before = timesBefore(grid);
  const [begin, ending] = isRange ? ['"values":[', ']}'] : ['"value":', '}'];
  const add = ({ labels, values, present }: Column) => {
    const comma = json.size() > 0 || isBegun ? ',' : '';
    json.text(`${comma}{"metric":${labelsJson(labels)},${begin}`);
    json.quoted({ values, present, before });
    json.text(ending!);
  };
  let isBegun = false;

  async function* pieces(): AsyncGenerator<Uint8Array, void, undefined> {
    for (const column of columns) {
      add(column);
      if (json.size() < PIECE_BYTES) continue;
      isBegun = true;
      yield json.take();
      await new Promise(setImmediate);
    }
    if (json.size() > 0) yield json.take();
  }

  if (points > POINTS_AT_ONCE) return pieces();
  for (const column of columns) add(column);
  return json.take();
}
