// The sequences that move the cursor and clear, of every picture that is drawn over the last one.
export const HIDE_CURSOR = '\u001b[?25l';
export const SHOW_CURSOR = '\u001b[?25h';
export const HOME = '\u001b[H';
export const CLEAR_LINE_END = '\u001b[K';
export const CLEAR_BELOW = '\u001b[J';
export const CLEAR_ALL = '\u001b[2J';
/** Synchronized output: terminals that support it show a picture at once; others ignore it. */
export const BEGIN_FRAME = '\u001b[?2026h';
export const END_FRAME = '\u001b[?2026l';
/** Alternate screen, cleared, no cursor, no wrapping (a character that is wider than thought would scroll the picture). */
export const ENTER_SCREEN = `\u001b[?1049h${CLEAR_ALL}${HIDE_CURSOR}\u001b[?7l`;
export const LEAVE_SCREEN = `\u001b[?7h${SHOW_CURSOR}\u001b[0m\u001b[?1049l`;
