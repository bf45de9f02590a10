// How many columns text takes on a terminal, and cutting and padding by that measure.
import { createRequire } from 'node:module';

const PLAIN = /^[\u0020-\u007e]*$/;
// string-width costs 25 ms of start-up (Intl.Segmenter), which only text beyond ASCII has to pay.
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
  const room = Math.max(0, columns - displayWidth(mark));
  if (PLAIN.test(text)) return text.slice(0, room) + mark;
  const { width, graphemes } = measure();
  let kept = '';
  let used = 0;
  for (const { segment } of graphemes.segment(text)) {
    const next = width(segment);
    if (used + next > room) break;
    kept += segment;
    used += next;
  }
  // Two clusters side by side may measure more than their sum (a lone mark, half a flag): the whole decides.
  return displayWidth(kept + mark) <= columns ? kept + mark : mark;
}

/** Fills with spaces up to `columns`; longer text stays as it is. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const fill = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return align === 'right' ? fill + text : text + fill;
}
