// Lines and a band on a grid of characters, lines drawn by asciichart. Each cell has a character and its line.
import { plot } from 'asciichart';
import { isValue } from './points.ts';

/** `line` is an index into the lines, or 'band'. */
export type GridCell = { readonly char: string; readonly line: number | 'band' } | undefined;

type GridRequest = {
  /** A row a column, 0 at the bottom; null is a gap. The first line is drawn on top. */
  readonly lines: readonly (readonly (number | null)[])[];
  /** Lowest and highest row of the band in each column. */
  readonly band?: readonly ({ readonly from: number; readonly to: number } | null)[] | undefined;
  readonly rows: number;
  readonly columns: number;
  readonly unicode: boolean;
  /** Letters on the lines, for where colour does not tell them apart: every so many columns; 0 for none. */
  readonly lettersEvery: number;
};

const UNICODE = ['┼', '┤', '╶', '╴', '─', '╰', '╭', '╮', '╯', '│'];
const ASCII = ['+', '|', '-', '-', '-', "'", '.', '.', "'", '|'];
// The columns of asciichart's own axis, which is cut off.
const OFFSET = 2;

/** Rows from the top down. */
export function plotGrid({ lines, band, rows, columns, unicode, lettersEvery }: GridRequest): GridCell[][] {
  const grid: GridCell[][] = Array.from({ length: rows }, () => new Array<GridCell>(columns).fill(undefined));
  for (const [c, range] of (band ?? []).entries()) {
    if (!range) continue;
    for (let row = range.from; row <= range.to; row++) {
      grid[rows - 1 - row]![c] = { char: unicode ? '░' : ':', line: 'band' };
    }
  }
  for (let i = lines.length - 1; i >= 0; i--) {
    const line = lines[i]!;
    drawLine(grid, { line, index: i, unicode });
    if (lettersEvery > 0)
      putLetters(grid, { line, index: i, every: lettersEvery, flat: unicode ? '─' : '-' });
  }
  return grid;
}

export const letterOf = (index: number): string => String.fromCharCode(97 + (index % 26));

function drawLine(
  grid: GridCell[][],
  {
    line,
    index,
    unicode,
  }: { readonly line: readonly (number | null)[]; readonly index: number; readonly unicode: boolean },
): void {
  const filled = bridgeGaps(line);
  if (!filled) return;
  const top = grid.length - 1;
  const drawing = plot([[filled[0]!, ...filled]], {
    min: 0,
    max: top,
    height: top,
    offset: OFFSET,
    symbols: unicode ? UNICODE : ASCII,
    format: () => ' ',
  });
  for (const [r, text] of drawing.split('\n').entries()) {
    const chars = [...text].slice(OFFSET);
    for (const [c, char] of chars.entries()) {
      if (char === ' ' || !isValue(line[c])) continue;
      const alone = !isValue(line[c - 1]) && !isValue(line[c + 1]);
      grid[r]![c] = { char: alone ? (unicode ? '•' : '*') : char, line: index };
    }
  }
}

/** On level stretches, where a letter does not break a bend, and always at the end before a gap. */
function putLetters(
  grid: GridCell[][],
  by: {
    readonly line: readonly (number | null)[];
    readonly index: number;
    readonly every: number;
    readonly flat: string;
  },
): void {
  // Lines take turns, so that those on the same row are all named.
  let next = (3 * by.index + 2) % by.every;
  for (const [c, row] of by.line.entries()) {
    if (!isValue(row)) continue;
    const cells = grid[grid.length - 1 - row]!;
    const ends = !isValue(by.line[c + 1]);
    if (!ends && (c < next || cells[c]?.char !== by.flat)) continue;
    cells[c] = { char: letterOf(by.index), line: by.index };
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
