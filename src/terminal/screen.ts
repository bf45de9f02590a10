// What the output can show: its size, colour, characters and time zone, derived from the environment and the stream.

/** Everything a view may know about its surroundings, as a plain value. */
export type Screen = {
  /** At least 1. On a pipe the width of charts; tables are not cut there. */
  readonly columns: number;
  readonly rows: number;
  /** A person reads: relative times, units, fitting to the window. Otherwise plain columns and RFC 3339. */
  readonly isTTY: boolean;
  /** The cursor can be moved (a terminal that is not dumb): pictures may be refreshed in place. */
  readonly cursor: boolean;
  readonly color: boolean;
  /** False where the locale is not UTF-8: line drawing falls back to ASCII. */
  readonly unicode: boolean;
  /** Braille can be drawn: Unicode, and not the console of Linux, whose font lacks it. */
  readonly braille: boolean;
  readonly nowMs: number;
  /** Show times in UTC instead of local ones. */
  readonly utc: boolean;
};

/** The part of `process.stdout` that matters here. */
type ScreenStream = {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
};

export type ScreenRequest = {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stream: ScreenStream;
  readonly nowMs: number;
  readonly utc?: boolean | undefined;
  readonly noColor?: boolean | undefined;
};

const DEFAULT_COLUMNS = 80;
const DEFAULT_ROWS = 24;
/** More is a mistake in COLUMNS, and drawing time grows with it. */
const MAX_CELLS = 1_000;

/** Call it again after a resize. */
export function readScreen({ env, stream, nowMs, utc = false, noColor = false }: ScreenRequest): Screen {
  const isTTY = stream.isTTY === true;
  const dumb = env['TERM'] === 'dumb';
  return {
    columns: size(env['COLUMNS'], stream.columns) ?? DEFAULT_COLUMNS,
    rows: size(env['LINES'], stream.rows) ?? DEFAULT_ROWS,
    isTTY,
    cursor: isTTY && !dumb,
    color: wantsColor(env, { noColor, terminal: isTTY && !dumb }),
    unicode: hasUnicode(env),
    braille: hasUnicode(env) && env['TERM'] !== 'linux',
    nowMs,
    utc,
  };
}

/** COLUMNS where it is a number, else the terminal's size; a pty may report 0x0. */
function size(variable: string | undefined, reported: number | undefined): number | undefined {
  const asked = /^\s*\d+\s*$/.test(variable ?? '') ? Number(variable) : 0;
  for (const cells of [asked, reported ?? 0]) {
    if (Number.isInteger(cells) && cells > 0) return Math.min(cells, MAX_CELLS);
  }
  return undefined;
}

/** --no-color, then NO_COLOR, then FORCE_COLOR, then the terminal. An empty variable is as if unset (no-color.org). */
function wantsColor(
  env: ScreenRequest['env'],
  { noColor, terminal }: { readonly noColor: boolean; readonly terminal: boolean },
): boolean {
  if (noColor || env['NO_COLOR']) return false;
  const force = env['FORCE_COLOR'];
  if (force) return force !== '0' && force !== 'false';
  return terminal;
}

/** The first locale variable that is set decides. With none set, UTF-8 is assumed except for these two. */
function hasUnicode(env: ScreenRequest['env']): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'];
  if (locale) return /utf-?8/i.test(locale);
  return env['TERM'] !== 'linux' && env['TERM'] !== 'dumb';
}

const CODES = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
} as const;

export type Color = keyof typeof CODES;

export function paint(screen: Pick<Screen, 'color'>, color: Color | undefined, text: string): string {
  if (!screen.color || color === undefined || text === '') return text;
  const [on, off] = CODES[color];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}
