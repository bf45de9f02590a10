// One description of a list gives every -o format: table, wide, json, yaml, csv, name.
import type { ScalarTag } from 'yaml';
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import { safeJson, safeText, safeYaml } from '../domain/safe-text.ts';
import type { Screen } from './screen.ts';
import { type Cell, renderTable, type TableColumn } from './table.ts';

/** Keys are always there, null without a value. Instants are RFC 3339 strings under `*_at`, durations milliseconds under `*_ms`. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

export const OUTPUT_FORMATS = ['table', 'wide', 'json', 'yaml', 'csv', 'name'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

export type Column<Row> = TableColumn & {
  /** The key in json and yaml, the header in csv, the word for --sort: stable. Instants end in `_at`, durations in `_ms`. */
  readonly key: string;
  /** `wide`: not in the plain table. `data`: only in json and yaml (what does not fit a cell). */
  readonly show?: 'wide' | 'data';
  /** Not in json and yaml, which have it in an object of another column. */
  readonly flat?: boolean;
  /** Undefined is null in json; csv and tables show an empty cell or a dash. */
  readonly value: (row: Row) => JsonValue | undefined;
  /** Its values have no order: a picture. */
  readonly unsortable?: boolean;
  /** What a table shows; by default the value. */
  readonly cell?: (row: Row, screen: Screen) => Cell;
};

export type Listing<Row> = {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  /** One id a line for -o name. */
  readonly name: (row: Row) => string;
  /** Shown instead of an empty table on a terminal; a pipe gets the headers alone. */
  readonly empty: string;
};

export type RenderOptions = {
  readonly format: OutputFormat;
  readonly screen: Screen;
  readonly noHeaders?: boolean | undefined;
  /** A column's key or its heading, with a leading minus for descending. */
  readonly sort?: string | undefined;
  /** Loaded for `format: 'yaml'` alone. */
  readonly yaml?: YamlWriter | undefined;
};

/** The listing as text with its line end. Throws USAGE for a sort key that is not there. */
export function renderListing<Row>(listing: Listing<Row>, options: RenderOptions): string {
  const { format, screen, noHeaders } = options;
  const rows = sortRows(listing, options.sort);
  if (format === 'name') return rows.map((row) => `${safeText(listing.name(row))}\n`).join('');
  if (format === 'json' || format === 'yaml') return renderData(rowObjects(listing.columns, rows), options);
  if (format === 'csv') return renderCsv(csvOf(listing.columns, rows), { screen, noHeaders });
  if (rows.length === 0 && screen.isTTY) return `${listing.empty}\n`;
  const columns = listing.columns.filter(
    (column) => column.show === undefined || (column.show === 'wide' && format === 'wide'),
  );
  return renderTable({
    columns,
    rows: rows.map((row) => columns.map((column) => cellOf(column, row, screen))),
    screen,
    noHeaders,
    saysLeftOut: true,
  });
}

/** Any value as json (two spaces, never coloured) or yaml. -0 is written as 0, here as in every JSON. */
export function renderData(
  value: JsonValue,
  { format, yaml }: Pick<RenderOptions, 'format' | 'yaml'>,
): string {
  if (format !== 'yaml') return safeJson(`${JSON.stringify(value, null, 2)}\n`);
  if (!yaml) throw new Error('the YAML writer was not loaded');
  return yaml(value);
}

/** One value on one line, for --watch with --json. */
export const renderJsonLine = (value: JsonValue): string => safeJson(`${JSON.stringify(value)}\n`);

export type CsvValue = JsonValue | undefined;
export type CsvTable = {
  readonly header: readonly string[];
  readonly rows: readonly (readonly CsvValue[])[];
};

/** RFC 4180: a header, CRLF, quotes where needed. Numbers read back as the same double; no value is an empty field. */
export function renderCsv(
  { header, rows }: CsvTable,
  { screen, noHeaders }: { readonly screen: Pick<Screen, 'isTTY'>; readonly noHeaders?: boolean | undefined },
): string {
  const field = (value: CsvValue): string => {
    if (value === undefined || value === null) return '';
    if (typeof value === 'number') return JSON.stringify(value);
    const text = flatText(value);
    // A program gets the exact text; a terminal gets it safe.
    const shown = screen.isTTY ? safeText(text) : text;
    return /[",\r\n]|^\s|\s$/.test(shown) ? `"${shown.replaceAll('"', '""')}"` : shown;
  };
  const lines = noHeaders ? rows : [header, ...rows];
  return lines.map((line) => `${line.map(field).join(',')}\r\n`).join('');
}

/** The rows as objects under the columns' keys, in the columns' order. */
export function rowObjects<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
): readonly { readonly [key: string]: JsonValue }[] {
  return rows.map((row) => {
    const object: { [key: string]: JsonValue } = {};
    for (const { key, flat, value } of columns) if (!flat) object[key] = value(row) ?? null;
    return object;
  });
}

function csvOf<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): CsvTable {
  const flat = columns.filter((column) => column.show !== 'data');
  return {
    header: flat.map((column) => column.key),
    rows: rows.map((row) => flat.map((column) => column.value(row))),
  };
}

/** A value in one field: `a,b`, `mount=/var`; what is nested deeper as JSON. */
function flatText(value: Exclude<JsonValue, null>): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || Object.values(value).some((item) => typeof item === 'object'))
    return JSON.stringify(value);
  return Array.isArray(value)
    ? value.join(',')
    : Object.entries(value)
        .map(([name, item]) => `${name}=${item}`)
        .join(',');
}

/** What a table shows of a row in a column. */
export function cellOf<Row>(column: Column<Row>, row: Row, screen: Screen): Cell {
  if (column.cell) return column.cell(row, screen);
  const value = column.value(row);
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  return (value !== undefined && value !== null && flatText(value)) || '-';
}

/** Throws USAGE for a key that is not there. */
export function sortRows<Row>(listing: Listing<Row>, sort: string | undefined): readonly Row[] {
  if (sort === undefined) return listing.rows;
  const key = sort.replace(/^[-+]/, '');
  const sortable = listing.columns.filter((candidate) => !candidate.unsortable);
  const column =
    sortable.find((candidate) => candidate.key === key) ??
    sortable.find(({ title }) => title.toLowerCase() === key.toLowerCase()) ??
    sortable.find(({ title }) => sortWord(title) === sortWord(key));
  if (!column) {
    const words = sortable.map(({ title, key: own, show }) => (show === 'data' ? own : sortWord(title)));
    const all = [...new Set([...words, ...sortable.map((candidate) => candidate.key)])];
    throw new ExpectedError('USAGE', `cannot sort by ${JSON.stringify(key.slice(0, 40))}`, {
      hint: `${didYouMean(sortWord(key), all) ?? ''} Sort by ${[...new Set(words)].join(', ')}.`.trim(),
    });
  }
  const sign = sort.startsWith('-') ? -1 : 1;
  const keyed = listing.rows.map((row) => ({ row, value: column.value(row) }));
  keyed.sort((a, b) => compareValues(a.value, b.value, sign));
  return keyed.map(({ row }) => row);
}

/** A heading as a word to type: `CPU%` is cpu, `NET IN/s` net-in, `LAST SEEN` last-seen. */
export const sortWord = (title: string): string =>
  title
    .toLowerCase()
    .replace(/\/s$/, '')
    .replace(/[^\p{L}\p{N}._]+/gu, '-')
    .replace(/^-|-$/g, '');

/** Numbers as numbers, all else as bytes; missing values come last in both orders. */
function compareValues(a: JsonValue | undefined, b: JsonValue | undefined, sign: 1 | -1): number {
  const [noA, noB] = [a === undefined || a === null, b === undefined || b === null];
  if (noA || noB) return Number(noA) - Number(noB);
  if (typeof a === 'number' && typeof b === 'number') return sign * (a - b);
  const text = (value: JsonValue) => (typeof value === 'string' ? value : JSON.stringify(value));
  return sign * compareBytes(text(a as JsonValue), text(b as JsonValue));
}

/** A YAML document of the value, with its line end; strings and numbers read back the same in YAML 1.1 and 1.2. */
type YamlWriter = (value: JsonValue) => string;

export async function loadYaml(): Promise<YamlWriter> {
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const { Document, visit } = (await import('yaml')).default;
  return (value) => {
    const document = new Document(value, {
      compat: 'yaml-1.1',
      aliasDuplicateObjects: false,
      customTags: (tags) => [withExponent, ...tags],
    });
    visit(document, {
      Scalar(_key, node) {
        // Only double quotes have the escapes for what a terminal would obey.
        if (typeof node.value === 'string' && safeText(node.value) !== node.value) node.type = 'QUOTE_DOUBLE';
      },
    });
    return safeYaml(document.toString({ lineWidth: 0 }));
  };
}

/** YAML 1.1 takes 1e+21 for a string: a number with an exponent needs a point there. */
const withExponent: ScalarTag = {
  identify: (value) => typeof value === 'number' && String(value).includes('e'),
  default: true,
  tag: 'tag:yaml.org,2002:float',
  test: /^[-+]?\d+\.\d+e[-+]?\d+$/,
  resolve: Number,
  stringify: ({ value }) => String(value).replace(/^(-?\d+)e/, '$1.0e'),
};
