// Cutting lines that have colour codes of our own in them.
import { displayWidth, truncate } from './display-width.ts';

const CODES = /(\u001b\[[0-9;]*m)/;
const RESET = '\u001b[0m';

/** Columns of a line with colour codes in it. */
export const styledWidth = (line: string): number =>
  line.includes('\u001b') ? displayWidth(line.split(CODES).filter(isText).join('')) : displayWidth(line);

const isText = (_part: string, i: number): boolean => i % 2 === 0;

/** As `truncate`, with colour codes taking no columns; a cut line ends without colour. */
export function truncateStyled(line: string, columns: number, ellipsis = '…'): string {
  const parts = line.split(CODES);
  if (displayWidth(parts.filter(isText).join('')) <= columns) return line;
  let left = columns;
  let out = '';
  for (const [i, part] of parts.entries()) {
    if (i % 2 === 1) {
      out += part;
      continue;
    }
    const width = displayWidth(part);
    // The last column is kept for the ellipsis, since something after this part will not fit.
    if (width < left || (width === left && i === parts.length - 1)) {
      out += part;
      left -= width;
      continue;
    }
    out += width >= left && part !== '' ? truncate(part + ellipsis, left, ellipsis) : '';
    break;
  }
  return parts.length > 1 ? out + RESET : out;
}
