// Lines as braille dots: two columns and four rows of dots a character, so that lines which are near stay apart.
import { isValue } from './points.ts';

const BASE = 0x2800;
/** The bit of a dot by its column (0 left) and its row (0 at the bottom) in the character. */
const BITS: readonly (readonly number[])[] = [
  [0x40, 0x04, 0x02, 0x01],
  [0x80, 0x20, 0x10, 0x08],
];
export const DOT_COLUMNS = 2;
export const DOT_ROWS = 4;

export const brailleChar = (mask: number): string => String.fromCharCode(BASE + mask);

/** The dots of a character; none for any that is no braille. */
export function brailleMask(char: string | undefined): number {
  const mask = (char?.charCodeAt(0) ?? 0) - BASE;
  return mask >= 0 && mask <= 0xff ? mask : 0;
}

/**
 * `line` has a value a column of dots: the row of dots, 0 at the bottom; null is a gap. Cell (row from the top times
 * columns, plus column) -> its dots.
 */
export function brailleDots(line: readonly (number | null)[], rows: number): Map<number, number> {
  const bits = new Map<number, number>();
  const columns = Math.ceil(line.length / DOT_COLUMNS);
  const put = (x: number, y: number): void => {
    const cell = (rows - 1 - Math.floor(y / DOT_ROWS)) * columns + Math.floor(x / DOT_COLUMNS);
    bits.set(cell, (bits.get(cell) ?? 0) | BITS[x % DOT_COLUMNS]![y % DOT_ROWS]!);
  };
  let before: number | undefined;
  for (const [x, y] of line.entries()) {
    if (!isValue(y)) {
      before = undefined;
      continue;
    }
    put(x, y);
    if (before !== undefined) {
      // A jump is joined half in the column that it leaves and half in the one that it reaches.
      const middle = (before + y) / 2;
      const step = Math.sign(y - before);
      for (let at = before; step !== 0 && at !== y; at += step) {
        put(step * (at - middle) < 0 ? x - 1 : x, at);
      }
    }
    before = y;
  }
  return bits;
}
