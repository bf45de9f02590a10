// Reads annotated CSV, the form of Flux answers, line by line: columns by their place, since labels may share their names.
import { ExpectedError } from '../../domain/errors.ts';
import type { Labels } from '../../domain/tick.ts';
import { ENDS } from './flux.ts';
import { metricOf } from './layout.ts';

/** Columns before these are the answer's own: annotation, result, table. */
const FIRST_COLUMN = 3;

export type Block = {
  readonly columns: readonly string[];
  readonly types: readonly string[];
  /** What the query yielded it as. */
  readonly result: string;
};
export type Row = readonly string[];

/** Returns what takes the lines. A table with an error in it is thrown as UNAVAILABLE: the answer broke off. */
export function rowReader(onRow: (row: Row, block: Block) => void): (line: string) => void {
  let types: readonly string[] = [];
  let result = '';
  let block: Block | undefined;
  return (line) => {
    if (line === '') {
      block = undefined;
    } else if (line.startsWith('#')) {
      block = undefined;
      if (line.startsWith('#datatype')) types = splitRow(line);
      if (line.startsWith('#default')) result = splitRow(line)[1] ?? '';
    } else if (block) {
      if (block.columns[1] === 'error') throw brokenOff(splitRow(line)[1] ?? '');
      onRow(splitRow(line), block);
    } else {
      block = { columns: splitRow(line), types, result };
    }
  };
}

const brokenOff = (says: string): ExpectedError =>
  new ExpectedError('UNAVAILABLE', `InfluxDB aborted its answer: ${says.slice(0, 300)}`, {
    hint: 'Ask for a shorter range or fewer hosts, or look at the log of InfluxDB.',
  });

function splitRow(line: string): string[] {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (let at = 0; at <= line.length; ) {
    if (line[at] !== '"') {
      const comma = line.indexOf(',', at);
      const end = comma < 0 ? line.length : comma;
      cells.push(line.slice(at, end));
      at = end + 1;
      continue;
    }
    let cell = '';
    let from = at + 1;
    for (;;) {
      const quote = line.indexOf('"', from);
      if (quote < 0) throw new Error('a quote in an answer of InfluxDB is never closed');
      cell += line.slice(from, quote);
      from = quote + 1;
      if (line[from] !== '"') break;
      cell += '"';
      from++;
    }
    cells.push(cell);
    at = from + 1;
  }
  return cells;
}

/** Where a block has a column of this name, or undefined. */
function placeOf({ columns }: Block, name: string): number | undefined {
  const at = columns.indexOf(name, FIRST_COLUMN);
  return at < 0 ? undefined : at;
}

/** The cells of a row by the names of their columns; empty where there is none. */
export const cellsOf =
  (row: Row, block: Block) =>
  (name: string): string =>
    row[placeOf(block, name) ?? -1] ?? '';

export type SeriesName = { readonly hostId: string; readonly metric: string; readonly labels: Labels };
export type PointRow = { readonly series: SeriesName; readonly ms: number; readonly value: number };

/**
 * Rows as points of series. One series object lives as long as its rows follow each other. `metric` where the answer has
 * no columns for it. Values of other types than numbers are not minimon's and left out. Where a series ended, the value is
 * NaN.
 */
export function pointReader(onPoint: (point: PointRow) => void, metric?: string): (line: string) => void {
  let block: Block | undefined;
  let places: Places | undefined;
  let table = '';
  let series: SeriesName | undefined;
  return rowReader((row, of) => {
    if (of !== block) {
      block = of;
      places = placesOf(of);
      series = undefined;
    }
    if (!places) return;
    if (series === undefined || row[2] !== table) {
      table = row[2]!;
      series = nameOf(row, places, metric);
    }
    const ms = Date.parse(row[places.time]!);
    const value = of.result === ENDS ? Number.NaN : Number(row[places.value]!);
    onPoint({ series, ms, value });
  });
}

type Places = {
  readonly time: number;
  readonly value: number;
  readonly host: number | undefined;
  readonly measurement: number | undefined;
  readonly field: number | undefined;
  readonly labels: readonly (readonly [name: string, at: number])[];
};

function placesOf(block: Block): Places | undefined {
  const [time, value] = [placeOf(block, '_time'), placeOf(block, '_value')];
  if (time === undefined || value === undefined) return undefined;
  if (!['double', 'long', 'unsignedLong'].includes(block.types[value] ?? '')) return undefined;
  const [host, measurement, field] = [
    placeOf(block, 'host_id'),
    placeOf(block, '_measurement'),
    placeOf(block, '_field'),
  ];
  const known = [time, value, host, measurement, field, placeOf(block, '_start'), placeOf(block, '_stop')];
  const labels = block.columns
    .map((name, at) => [name, at] as const)
    .filter(([, at]) => at >= FIRST_COLUMN && !known.includes(at));
  return { time, value, host, measurement, field, labels };
}

function nameOf(row: Row, places: Places, metric: string | undefined): SeriesName {
  const cell = (at: number | undefined) => (at === undefined ? '' : (row[at] ?? ''));
  const labels: Record<string, string> = {};
  for (const [name, at] of places.labels) if (cell(at) !== '') labels[name] = cell(at);
  return {
    hostId: cell(places.host),
    metric: metric ?? metricOf({ measurement: cell(places.measurement), field: cell(places.field) }),
    labels,
  };
}
