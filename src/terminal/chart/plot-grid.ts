// Lines and a band on a grid of characters, lines drawn by asciichart or as braille dots. Each cell has a character and its line.
import { plot } from 'asciichart';
import { brailleChar, brailleDots, brailleMask, DOT_COLUMNS, DOT_ROWS } from './braille-grid.ts';
import { isValue } from './points.ts';

/** How lines are drawn: dots at double resolution, box drawing, or plain ASCII. */
export type ChartStyle = 'braille' | 'line' | 'ascii';
export const CHART_STYLES: readonly ChartStyle[] = ['braille', 'line', 'ascii'];

/** `line` is an index into the lines, or 'band'. */
export type GridCell = { readonly char: string; readonly line: number | 'band' } | undefined;

type GridRequest = {
  /**
   * A place a column (braille: two a column), 0 for the bottom row and `rows - 1` for the top one, not rounded; null is a
   * gap. The first line is drawn on top.
   */
  readonly lines: readonly (readonly (number | null)[])[];
  /** Lowest and highest row of the band in each column. */
  readonly band?: readonly ({ readonly from: number; readonly to: number } | null)[] | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly style: ChartStyle;
  /** Letters on the lines, for where colour does not tell them apart: every so many columns; 0 for none. */
  readonly lettersEvery: number;
};

const UNICODE = ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'];
const ASCII = ['+', '|', '-', '-', '-', "'", '.', '.', "'", '|'];
// The columns of asciichart's own axis, which is cut off.
const OFFSET = 2;

type Plot = {
  /** Rows from the top down. */
  readonly grid: readonly (readonly GridCell[])[];
  /** Lines of which nothing is seen, since lines above them run in the same places. */
  readonly covered: ReadonlySet<number>;
};

/** Where a line is drawn: cell (row * columns + column) -> its dots; characters take all of a cell. */
type Marks = Map<number, number>;
const WHOLE_CELL = 0xff;

export function plotGrid({ lines, band, rows, columns, style, lettersEvery }: GridRequest): Plot {
  const grid: GridCell[][] = Array.from({ length: rows }, () => new Array<GridCell>(columns).fill(undefined));
  for (const [c, range] of (band ?? []).entries()) {
    if (!range) continue;
    for (let row = range.from; row <= range.to; row++) {
      grid[rows - 1 - row]![c] = { char: style === 'ascii' ? ':' : '░', line: 'band' };
    }
  }
  const letterAt = new Map<number, GridCell>();
  const marksOf: Marks[] = [];
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    const { inRows, marks } =
      style === 'braille' ? drawDots(grid, { line, index: i }) : drawLine(grid, { line, index: i, style });
    marksOf[i] = marks;
    // Where a line is level, so that a letter breaks no bend.
    const isLevel = (c: number, row: number) =>
      style === 'braille'
        ? inRows[c - 1] === row && inRows[c + 1] === row
        : grid[rows - 1 - row]![c]?.char === (style === 'line' ? '─' : '-');
    if (lettersEvery > 0)
      putLetters(grid, { line: inRows, index: i, every: lettersEvery, isLevel, letterAt });
  }
  // Above every line, so that a letter is not covered by a line that is drawn later.
  for (const [at, cell] of letterAt) grid[Math.floor(at / columns)]![at % columns] = cell;
  return { grid, covered: coveredLines(marksOf) };
}

function coveredLines(marksOf: readonly Marks[]): ReadonlySet<number> {
  const covered = new Set<number>();
  const above: Marks = new Map();
  for (const [i, marks] of marksOf.entries()) {
    const isCovered = [...marks].every(([cell, dots]) => ((above.get(cell) ?? 0) & dots) === dots);
    if (isCovered) covered.add(i);
    for (const [cell, dots] of marks) above.set(cell, (above.get(cell) ?? 0) | dots);
  }
  return covered;
}

export const letterOf = (index: number): string => String.fromCharCode(97 + (index % 26));

/** `inRows` is the row of the line in each column of characters, 0 at the bottom. */
type Drawn = { readonly inRows: readonly (number | null)[]; readonly marks: Marks };

function drawDots(
  grid: GridCell[][],
  { line, index }: { readonly line: readonly (number | null)[]; readonly index: number },
): Drawn {
  const rows = grid.length;
  const top = rows * DOT_ROWS - 1;
  // The middle of a character's dots is what its label stands for.
  const dots = line.map((at) =>
    isValue(at) ? Math.min(top, Math.max(0, Math.round(at * DOT_ROWS + (DOT_ROWS - 1) / 2))) : null,
  );
  const marks = brailleDots(dots, rows);
  const columns = grid[0]!.length;
  for (const [cell, mask] of marks) {
    const cells = grid[Math.floor(cell / columns)]!;
    // The dots of a line below stay, in the colour of the upper one.
    const below = brailleMask(cells[cell % columns]?.char);
    cells[cell % columns] = { char: brailleChar(mask | below), line: index };
  }
  const inRows: (number | null)[] = [];
  for (let x = 0; x < dots.length; x += DOT_COLUMNS) {
    const dot = dots[x + 1] ?? dots[x];
    inRows.push(isValue(dot) ? Math.floor(dot / DOT_ROWS) : null);
  }
  return { inRows, marks };
}

function drawLine(
  grid: GridCell[][],
  by: {
    readonly line: readonly (number | null)[];
    readonly index: number;
    readonly style: 'line' | 'ascii';
  },
): Drawn {
  const marks: Marks = new Map();
  const top = grid.length - 1;
  const line = by.line.map((at) => (isValue(at) ? Math.min(top, Math.max(0, Math.round(at))) : null));
  const filled = bridgeGaps(line);
  if (!filled) return { inRows: line, marks };
  const drawing = plot([[filled[0]!, ...filled]], {
    min: 0,
    max: top,
    height: top,
    offset: OFFSET,
    symbols: by.style === 'line' ? UNICODE : ASCII,
    format: () => ' ',
  });
  for (const [r, text] of drawing.split('\n').entries()) {
    const chars = [...text].slice(OFFSET);
    for (const [c, char] of chars.entries()) {
      if (char === ' ' || !isValue(line[c])) continue;
      const alone = !isValue(line[c - 1]) && !isValue(line[c + 1]);
      grid[r]![c] = { char: alone ? (by.style === 'line' ? '•' : '*') : char, line: by.index };
      marks.set(r * grid[0]!.length + c, WHOLE_CELL);
    }
  }
  return { inRows: line, marks };
}

/** On level stretches, and always at the end before a gap. */
function putLetters(
  grid: GridCell[][],
  by: {
    readonly line: readonly (number | null)[];
    readonly index: number;
    readonly every: number;
    readonly isLevel: (column: number, row: number) => boolean;
    readonly letterAt: Map<number, GridCell>;
  },
): void {
  const columns = grid[0]!.length;
  // Lines take turns, so that those on the same row are all named.
  let next = (3 * by.index + 2) % by.every;
  for (const [c, row] of by.line.entries()) {
    if (!isValue(row)) continue;
    const ends = !isValue(by.line[c + 1]);
    if (!ends && (c < next || !by.isLevel(c, row))) continue;
    by.letterAt.set((grid.length - 1 - row) * columns + c, { char: letterOf(by.index), line: by.index });
    next = c + by.every;
  }
}

/** asciichart crashes on gaps: they are filled with the next value, so that the line does not jump, and blanked afterwards. */
function bridgeGaps(line: readonly (number | null)[]): number[] | undefined {
  let next = line.findLast(isValue);
  if (!isValue(next)) return undefined;
  const filled = new Array<number>(line.length);
  for (let c = line.length - 1; c >= 0; c--) {
    const value = line[c];
    if (isValue(value)) next = value;
    filled[c] = next;
  }
  return filled;
}
