// Tables: fitted to the window on a terminal, plain space-aligned columns on a pipe. Every line has the same display width.
import { createRequire } from 'node:module';
import type CliTable from 'cli-table3';
import { safeText } from '../domain/safe-text.ts';
import { type Color, paint, type Screen } from './screen.ts';
import { displayWidth, padStyled, styledWidth, truncate, wrap } from './text.ts';

export type Cell = string | { readonly text: string; readonly color?: Color | undefined };

export type TableColumn = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut down to this many columns when the window is narrow. Without it the column is shown whole or not at all. */
  readonly min?: number;
  /** Cells that are wider go on in the next line instead of being cut: for sentences. */
  readonly wraps?: true;
  /** Which columns go first in a narrow window: the highest. Without it the column stays. */
  readonly drop?: number;
};

type TableRequest = {
  readonly columns: readonly TableColumn[];
  /** May hold remote text as it came: every cell is made safe here. */
  readonly rows: readonly (readonly Cell[])[];
  readonly screen: Screen;
  readonly noHeaders?: boolean | undefined;
  /** Laid out here, whatever its length: for pictures that are drawn again and again. */
  readonly light?: boolean | undefined;
  /** Names the columns that the window has no place for in a line below. */
  readonly saysLeftOut?: boolean | undefined;
};

const GAP = '  ';
/** cli-table3 takes 2.4 s for 10,000 rows; longer tables are laid out here and look the same. */
const CLI_TABLE_ROWS = 200;

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
} as const;

// Loaded for the first table on a terminal: an import would cost every command 7 ms of CPU, a tenth of `hosts list`.
const require = createRequire(import.meta.url);

/** The table with a line end after each line; '' without rows and headers. */
export function renderTable({
  columns,
  rows,
  screen,
  noHeaders = false,
  light = false,
  saysLeftOut = false,
}: TableRequest): string {
  const texts = rows.map((row) => row.map((cell) => safeText(typeof cell === 'string' ? cell : cell.text)));
  const natural = columns.map((column, c) => {
    let width = noHeaders ? 1 : displayWidth(column.title);
    for (const row of texts) width = Math.max(width, displayWidth(row[c] ?? ''));
    return width;
  });
  const widths = screen.isTTY ? fit(columns, natural, screen.columns) : natural;
  const shown = columns.flatMap((column, c) =>
    widths[c] === undefined ? [] : [{ column, c, width: widths[c] }],
  );
  const ellipsis = screen.unicode ? '…' : '~';
  const draw = (text: string, width: number, color?: Color): string =>
    paint(screen, color, truncate(text, width, ellipsis));
  const lines = noHeaders ? [] : [shown.map(({ column, width }) => draw(column.title, width, 'bold'))];
  for (const [r, row] of rows.entries()) {
    const parts = shown.map(({ column, c, width }) => {
      const text = texts[r]![c] ?? '';
      return column.wraps ? wrap(text, width) : [text];
    });
    for (let line = 0; line < Math.max(1, ...parts.map(({ length }) => length)); line++) {
      lines.push(
        shown.map(({ c, width }, i) => {
          const cell = row[c];
          return draw(parts[i]![line] ?? '', width, typeof cell === 'object' ? cell.color : undefined);
        }),
      );
    }
  }
  if (lines.length === 0) return '';
  const slots = shown.map(({ column, width }) => ({ width, align: column.align ?? 'left' }));
  const short = !light && screen.isTTY && lines.length <= CLI_TABLE_ROWS;
  const left = saysLeftOut && !noHeaders ? columns.filter((_, c) => widths[c] === undefined) : [];
  return `${(short && cliTable(lines, slots)) || plainColumns(lines, slots)}\n${leftOutText(left, screen)}`;
}

/** In fewer columns it would be a column of words. */
const LEAST_NOTE = 24;

/** What is not on the screen is not left out in silence. */
function leftOutText(left: readonly TableColumn[], screen: Screen): string {
  if (left.length === 0 || screen.columns < LEAST_NOTE) return '';
  const text = `no room for ${left.map(({ title }) => title).join(', ')} (-o json)`;
  return wrap(text, screen.columns)
    .map((line) => `${paint(screen, 'dim', line)}\n`)
    .join('');
}

type Slot = { readonly width: number; readonly align: 'left' | 'right' };

function plainColumns(lines: readonly (readonly string[])[], slots: readonly Slot[]): string {
  return lines
    .map((line) => line.map((cell, i) => padStyled(cell, slots[i]!.width, slots[i]!.align)).join(GAP))
    .join('\n');
}

/** Undefined where cli-table3 counts a character differently from terminals (Thai marks): its columns would be uneven. */
function cliTable(lines: readonly (readonly string[])[], slots: readonly Slot[]): string | undefined {
  const Table = require('cli-table3') as typeof CliTable;
  const table = new Table({
    chars: { ...NO_LINES, middle: GAP },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colAligns: slots.map(({ align }) => align),
  });
  for (const line of lines) table.push([...line]);
  const text = table.toString();
  const width = slots.reduce((sum, slot) => sum + slot.width, GAP.length * (slots.length - 1));
  return text.split('\n').every((line) => styledWidth(line) === width) ? text : undefined;
}

/** The width of each column so that a line fits, undefined where the column is left out. */
function fit(
  columns: readonly TableColumn[],
  natural: readonly number[],
  windowColumns: number,
): readonly (number | undefined)[] {
  const least = natural.map((width, c) => Math.min(width, Math.max(1, columns[c]!.min ?? width)));
  const shown = new Set(columns.keys());
  const total = (widths: readonly number[]) =>
    [...shown].reduce((sum, c) => sum + widths[c]!, GAP.length * (shown.size - 1));
  while (shown.size > 1 && total(least) > windowColumns) {
    const ranked = [...shown].sort((a, b) => (columns[b]!.drop ?? 0) - (columns[a]!.drop ?? 0) || b - a);
    shown.delete(ranked[0]!);
  }
  const widths = [...natural];
  // The widest shrinks first, down to its minimum; a single remaining column is cut to the window.
  for (let over = total(widths) - windowColumns; over > 0; over = total(widths) - windowColumns) {
    const shrinkable = [...shown].filter((c) => widths[c]! > least[c]!);
    if (shrinkable.length === 0) break;
    const widest = shrinkable.reduce((best, c) => (widths[c]! > widths[best]! ? c : best));
    const second = Math.max(...shrinkable.filter((c) => c !== widest).map((c) => widths[c]!), least[widest]!);
    widths[widest] = Math.max(widths[widest]! - over, Math.min(second, widths[widest]! - 1), least[widest]!);
  }
  if (shown.size === 1) {
    const [only] = shown;
    widths[only!] = Math.max(1, Math.min(widths[only!]!, windowColumns));
  }
  return widths.map((width, c) => (shown.has(c) ? width : undefined));
}
