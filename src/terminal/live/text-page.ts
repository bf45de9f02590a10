// A scrollable text on a live screen, such as the help of keys, wrapped to the window.
import { pad, wrap } from '../text.ts';

export type KeyHelp = readonly (readonly [keys: string, does: string])[];

/** Beside the names of the keys, where the window has the room; else below them. */
const KEY_COLUMNS = 17;
const LEAST_TEXT = 20;

/** Each part is a paragraph or a list of keys, an empty line between them. */
export function helpLines(parts: readonly (string | KeyHelp)[], columns: number): readonly string[] {
  const lines: string[] = [];
  for (const part of parts) {
    if (lines.length > 0) lines.push('');
    if (typeof part === 'string') lines.push(...wrap(part, columns));
    else for (const [keys, does] of part) lines.push(...keyLines(keys, does, columns));
  }
  return lines;
}

function keyLines(keys: string, does: string, columns: number): readonly string[] {
  if (columns < KEY_COLUMNS + LEAST_TEXT) return [...wrap(keys, columns), ...indented(does, columns)];
  const [first = '', ...rest] = wrap(does, columns - KEY_COLUMNS - 2);
  return [`  ${pad(keys, KEY_COLUMNS)}${first}`, ...rest.map((line) => ' '.repeat(KEY_COLUMNS + 2) + line)];
}

const indented = (text: string, columns: number): readonly string[] =>
  wrap(text, columns - 2).map((line) => `  ${line}`);

/** Which line stands first after a key. */
export function scrollText(
  first: number,
  key: string,
  { textLines, windowLines }: { readonly textLines: number; readonly windowLines: number },
): number {
  const page = Math.max(1, windowLines - 1);
  const by: Readonly<Record<string, number>> = {
    down: 1,
    j: 1,
    up: -1,
    k: -1,
    pagedown: page,
    ' ': page,
    pageup: -page,
    home: Number.NEGATIVE_INFINITY,
    g: Number.NEGATIVE_INFINITY,
    end: Number.POSITIVE_INFINITY,
    G: Number.POSITIVE_INFINITY,
  };
  const step = by[key];
  if (step === undefined) return first;
  return Math.min(Math.max(0, textLines - windowLines), Math.max(0, first + step));
}

export const CLOSES_HELP: readonly string[] = ['?', 'escape', 'q', 'enter'];

/** Keys of every list, wherever it is shown. */
export const LIST_KEYS: KeyHelp = [
  ['up down j k', 'select a row'],
  ['PgUp PgDn Space', 'one page up or down'],
  ['Home End g G', 'first row, last row'],
  ['s > <', 'sort by the next or the previous column'],
  ['r', 'reverse the order'],
  ['/', 'filter rows by words; Enter keeps the filter, Esc clears it'],
];

export const SCREEN_KEYS: KeyHelp = [
  ['Ctrl-L Ctrl-Z', 'redraw; suspend (continue with fg)'],
  ['q', 'quit'],
];
