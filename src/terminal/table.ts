// Tables: fitted to the window on a terminal, plain space-aligned columns on a pipe. Every line has the same display width.
import { createRequire } from 'node:module';
import type CliTable from 'cli-table3';
import { safeText } from '../domain/safe-text.ts';
import { displayWidth, pad, truncate } from './display-width.ts';
import { type Color, paint } from './paint.ts';
import type { Screen } from './screen.ts';

export type Cell = string | { readonly text: string; readonly color?: Color | undefined };

export type TableColumn = {
  readonly title: string;
  readonly align?: 'left' | 'right';
  /** May be cut down to this many columns when the window is narrow. Without it the column is whole or not there. */
  readonly min?: number;
  /** Which columns go first in a narrow window: the highest. Without it the column stays. */
  readonly drop?: number;
};

export type TableRequest = {
  readonly columns: readonly TableColumn[];
  /** Remote text may be in it as it came: every cell is made safe here. */
  readonly rows: readonly (readonly Cell[])[];
  readonly screen: Screen;
  readonly noHeaders?: boolean | undefined;
};

const GAP = '  ';
/** cli-table3 takes 2.4 s for 10,000 rows; longer tables are laid out by hand, to the same look. */
const CLI_TABLE_ROWS = 200;
// A private-use character stands for each column of a cell while cli-table3 lays it out: its own measure of wide
// characters differs from terminals' and it would count colour codes of ours. Safe text never has one.
const FILLER = '\ue000';
const FILLERS = /\ue000+/g;

// Loaded for the first table on a terminal: an import would cost every command 7 ms of CPU, a tenth of `hosts list`.
const require = createRequire(import.meta.url);

/** The table with a line end after each line; '' without rows and headers. */
export function renderTable({ columns, rows, screen, noHeaders = false }: TableRequest): string {
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
  const draw = (text: string, { column, width }: (typeof shown)[number], color?: Color): string => {
    const cut = truncate(text, width, ellipsis);
    // Only the text is painted, not its padding.
    const padded = pad(cut, width, column.align);
    return color && screen.color ? padded.replace(cut, () => paint(screen, color, cut)) : padded;
  };
  const lines: string[][] = noHeaders ? [] : [shown.map((slot) => draw(slot.column.title, slot, 'bold'))];
  for (const [r, row] of rows.entries()) {
    lines.push(
      shown.map((slot) => {
        const cell = row[slot.c];
        return draw(texts[r]![slot.c] ?? '', slot, typeof cell === 'object' ? cell.color : undefined);
      }),
    );
  }
  if (lines.length === 0) return '';
  const widthOf = shown.map((slot) => slot.width);
  const body =
    screen.isTTY && rows.length <= CLI_TABLE_ROWS
      ? layOut(lines, widthOf)
      : lines.map((line) => line.join(GAP)).join('\n');
  return `${body}\n`;
}

/** The width of each column so that a line fits, undefined where the column is left out. */
function fit(
  columns: readonly TableColumn[],
  natural: readonly number[],
  room: number,
): readonly (number | undefined)[] {
  const least = natural.map((width, c) => Math.min(width, Math.max(1, columns[c]!.min ?? width)));
  const kept = new Set(columns.keys());
  const total = (widths: readonly number[]) =>
    [...kept].reduce((sum, c) => sum + widths[c]!, GAP.length * (kept.size - 1));
  while (kept.size > 1 && total(least) > room) {
    const ranked = [...kept].sort((a, b) => (columns[b]!.drop ?? 0) - (columns[a]!.drop ?? 0) || b - a);
    kept.delete(ranked[0]!);
  }
  const widths = [...natural];
  // The widest gives first, down to its least; the last one standing is cut to the window whatever it wants.
  for (let over = total(widths) - room; over > 0; over = total(widths) - room) {
    const givers = [...kept].filter((c) => widths[c]! > least[c]!);
    if (givers.length === 0) break;
    const widest = givers.reduce((best, c) => (widths[c]! > widths[best]! ? c : best));
    const second = Math.max(...givers.filter((c) => c !== widest).map((c) => widths[c]!), least[widest]!);
    widths[widest] = Math.max(widths[widest]! - over, Math.min(second, widths[widest]! - 1), least[widest]!);
  }
  if (kept.size === 1) {
    const [only] = kept;
    widths[only!] = Math.max(1, Math.min(widths[only!]!, room));
  }
  return widths.map((width, c) => (kept.has(c) ? width : undefined));
}

function layOut(lines: readonly (readonly string[])[], widths: readonly number[]): string {
  const Table = require('cli-table3') as typeof CliTable;
  const none = {
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
  } as const;
  const table = new Table({
    chars: {
      ...none,
      'bottom-left': '',
      'bottom-right': '',
      left: '',
      'left-mid': '',
      mid: '',
      'mid-mid': '',
      right: '',
      'right-mid': '',
      middle: GAP,
    },
    style: { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true },
    colWidths: [...widths],
  });
  for (const line of lines) table.push(line.map((_, i) => FILLER.repeat(widths[i]!)));
  const cells = lines.flat();
  let next = 0;
  return table.toString().replace(FILLERS, () => cells[next++]!);
}
