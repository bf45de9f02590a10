// --watch: refreshes a picture in place on a terminal without flicker until Ctrl-C; with --json one object a line.
import { type ErrorKind, ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { safeText } from '../domain/safe-text.ts';
import { delay } from '../runtime/clock.ts';
import { untilInterrupted } from './errors.ts';
import { type Listing, type RenderOptions, renderJsonLine, renderListing, rowObjects } from './output.ts';
import type { Screen } from './screen.ts';
import { styledWidth, truncateStyled } from './text.ts';
import type { Writer } from './writer.ts';

const HIDE_CURSOR = '\u001b[?25l';
const SHOW_CURSOR = '\u001b[?25h';
const HOME = '\u001b[H';
const CLEAR_LINE_END = '\u001b[K';
const CLEAR_BELOW = '\u001b[J';
const CLEAR_ALL = '\u001b[2J';
/** Synchronized output: terminals that support it show a picture at once; others ignore it. */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

export type Live = {
  /** Draws over the last picture, cut to the window. False when the reader has gone. */
  show(draw: (screen: Screen) => string): Promise<boolean>;
  /** Shows the cursor again, below the picture. Idempotent; must run however watching ends. */
  stop(): Promise<void>;
};

export type LiveParts = {
  readonly writer: Writer;
  /** Asked for each picture, so that it fits the window as it is. */
  readonly readScreen: () => Screen;
  /** `process.stdout`: its `resize` redraws the last picture. */
  readonly stream: {
    on(event: 'resize', listener: () => void): unknown;
    off(event: 'resize', listener: () => void): unknown;
  };
};

/** Where the cursor cannot move (a pipe, a dumb terminal) pictures follow each other, an empty line between them. */
export function createLive({ writer, readScreen, stream }: LiveParts): Live {
  let last: ((screen: Screen) => string) | undefined;
  let size = '';
  let stopped = false;

  function show(draw: (screen: Screen) => string): Promise<boolean> {
    const screen = readScreen();
    const first = last === undefined;
    last = draw;
    if (!screen.cursor) return writer.write(first ? draw(screen) : `\n${draw(screen)}`);
    const newSize = `${screen.columns}x${screen.rows}`;
    let start = HOME;
    // The previous contents are scrolled away, not erased.
    if (first) start = HIDE_CURSOR + '\n'.repeat(screen.rows - 1) + HOME + CLEAR_BELOW;
    // Lines may have wrapped when the window changed: then all is cleared first.
    else if (newSize !== size) start = CLEAR_ALL + HOME;
    size = newSize;
    // Lines are overwritten and only their rest is cleared, so nothing flickers.
    const body = fitWindow(draw(screen), screen)
      .map((line) => (styledWidth(line) < screen.columns ? line + CLEAR_LINE_END : line))
      .join('\n');
    return writer.write(BEGIN_FRAME + start + body + CLEAR_BELOW + END_FRAME);
  }

  // The writer throws a failed write at the next picture.
  const redraw = () => {
    if (last && !stopped) show(last).catch(() => {});
  };
  stream.on('resize', redraw);

  return {
    show,
    async stop() {
      if (stopped) return;
      stopped = true;
      stream.off('resize', redraw);
      if (size !== '') await writer.write(`${SHOW_CURSOR}\n`);
    },
  };
}

/** As many lines as the window has, the last one saying how many are left out, none wider than it: a wrapped line would scroll the picture. */
export function fitWindow(
  picture: string,
  { columns, rows, unicode }: Pick<Screen, 'columns' | 'rows' | 'unicode'>,
): string[] {
  const all = picture.replace(/\n$/, '').split('\n');
  const fit = Math.max(1, rows);
  const lines = all.length > fit ? [...all.slice(0, fit - 1), `and ${all.length - fit + 1} more lines`] : all;
  return lines.map((line) => truncateStyled(line, columns, unicode ? '…' : '~'));
}

const LISTING_EVERY_MS = 2_000;

type ListingWatch<Row> = {
  readonly read: () => Promise<Listing<Row>>;
  readonly render: RenderOptions;
  readonly parts: LiveParts;
  /** What the rows are called in an object of --json. */
  readonly name: string;
};

const AWAY: readonly ErrorKind[] = ['unreachable', 'timeout', 'unavailable'];

/** A service that answered and is away now may be starting again; anything else is thrown. */
function awayText(error: unknown): string {
  if (error instanceof ExpectedError && AWAY.includes(error.kind)) return `${error.message}; trying again`;
  throw error;
}

/**
 * Ends when the reader leaves (exit 0) or with Ctrl-C (130). While the service is away the last picture stays, with a line
 * that says so; the first read must succeed.
 */
export async function watchListing<Row>({ read, render, parts, name }: ListingWatch<Row>): Promise<void> {
  const { writer } = parts;
  const live = createLive(parts);
  await untilInterrupted(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, writer.closed]);
    let last: Listing<Row> | undefined;
    try {
      while (!signal.aborted) {
        let away = '';
        const listing = await read().catch((error: unknown) => {
          if (last === undefined) throw error;
          away = `${safeText(awayText(error))}\n\n`;
          return last;
        });
        last = listing;
        // Programs get no old rows as if they were new: there is no line until there are new ones.
        if (away !== '' && render.format === 'json') {
          await delay(LISTING_EVERY_MS, signal).catch(() => {});
          continue;
        }
        const now = formatInstant(parts.readScreen().nowMs);
        const goesOn =
          render.format === 'json'
            ? await writer.write(
                renderJsonLine({ now_at: now, [name]: rowObjects(listing.columns, listing.rows) }),
              )
            : await live.show((screen) => away + renderListing(listing, { ...render, screen }));
        if (!goesOn) break;
        await delay(LISTING_EVERY_MS, signal).catch(() => {});
      }
    } finally {
      await live.stop();
    }
  });
}
