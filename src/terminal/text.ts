// How many columns text takes on a terminal, with and without colour codes; cutting and padding by that measure.
import { createRequire } from 'node:module';

const PLAIN = /^[\u0020-\u007e]*$/;
// string-width costs 25 ms of start-up (Intl.Segmenter), paid only for text beyond ASCII.
const require = createRequire(import.meta.url);
let loaded: { width: (text: string) => number; graphemes: Intl.Segmenter } | undefined;

function measure() {
  loaded ??= {
    width: (require('string-width') as { default: (text: string) => number }).default,
    graphemes: new Intl.Segmenter(),
  };
  return loaded;
}

/** Columns of one line of safe text: wide characters two, combining marks none, an emoji family two. */
export const displayWidth = (text: string): number =>
  PLAIN.test(text) ? text.length : measure().width(text);

/** The text if it fits `columns`, else its beginning and an ellipsis; never wider than `columns`. */
export function truncate(text: string, columns: number, ellipsis = '…'): string {
  if (displayWidth(text) <= columns) return text;
  const mark = displayWidth(ellipsis) <= columns ? ellipsis : '';
  const space = Math.max(0, columns - displayWidth(mark));
  if (PLAIN.test(text)) return text.slice(0, space) + mark;
  const { width, graphemes } = measure();
  let start = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = width(segment);
    if (used + next > space) break;
    start += segment;
    used += next;
  }
  // Two clusters side by side may be wider than their sum (a lone mark, half a flag), so the result is measured again.
  return displayWidth(start + mark) <= columns ? start + mark : mark;
}

/** The text in lines, cut between words; a word that is wider than `columns` goes on in the next line. */
export function wrap(text: string, columns: number): string[] {
  const lines = [''];
  for (const word of text.split(' ').flatMap((one) => pieces(one, columns))) {
    const line = lines.at(-1)!;
    const longer = line === '' ? word : `${line} ${word}`;
    if (line === '' || displayWidth(longer) <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

function pieces(word: string, columns: number): string[] {
  const all: string[] = [];
  let rest = word;
  while (displayWidth(rest) > columns) {
    // A wide character in a single column is cut there.
    const piece = truncate(rest, columns, '') || [...rest][0]!;
    all.push(piece);
    rest = rest.slice(piece.length);
  }
  return [...all, rest];
}

/** Fills with spaces up to `columns`; longer text stays as it is. */
export const pad = (text: string, columns: number, align: 'left' | 'right' = 'left'): string =>
  fill(text, columns - displayWidth(text), align);

/** As `pad`, with colour codes taking no columns. */
export const padStyled = (text: string, columns: number, align: 'left' | 'right' = 'left'): string =>
  fill(text, columns - styledWidth(text), align);

function fill(text: string, missing: number, align: 'left' | 'right'): string {
  const spaces = ' '.repeat(Math.max(0, missing));
  return align === 'right' ? spaces + text : text + spaces;
}

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
    // The last column is reserved for the ellipsis, since something after this part will not fit.
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
