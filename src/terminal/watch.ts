// --watch of lists: a list with keys on a terminal, pictures one after another elsewhere, with --json one object a line; and the
// picture of `up`, refreshed in place.
import { formatInstant } from '../domain/instant.ts';
import { untilInterrupted } from './errors.ts';
import type { DisplayParts } from './live/display.ts';
import {
  BEGIN_FRAME,
  CLEAR_ALL,
  CLEAR_BELOW,
  CLEAR_LINE_END,
  END_FRAME,
  HIDE_CURSOR,
  HOME,
  SHOW_CURSOR,
} from './live/escapes.ts';
import { drawList, moreText } from './live/list-view.ts';
import { showLive } from './live/live-screen.ts';
import { firstAnswer, lostLine, type Polled, poll } from './live/poll.ts';
import { createWatchedList, statusLine } from './live/watched-list.ts';
import {
  type Listing,
  type RenderOptions,
  renderJsonLine,
  renderListing,
  rowObjects,
  sortRows,
} from './output.ts';
import type { Screen } from './screen.ts';
import { styledWidth, truncateStyled } from './text.ts';

export type Live = {
  /** Draws over the last picture, cut to the window. False when the reader has gone. */
  show(draw: (screen: Screen) => string): Promise<boolean>;
  /** Shows the cursor again, below the picture. Idempotent; must run however watching ends. */
  stop(): Promise<void>;
};

export type LiveParts = Pick<DisplayParts, 'writer' | 'readScreen' | 'stream'>;

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
  readonly parts: DisplayParts;
  /** What the rows are called in an object of --json. */
  readonly name: string;
  /** Always on the screen, from the longest words to the shortest: "58 hosts: 57 reporting, 1 silent". */
  readonly summary?: ((rows: readonly Row[]) => readonly string[]) | undefined;
  /** The order on a screen, where the list's own is another one. */
  readonly worstFirst?: ((rows: readonly Row[]) => readonly Row[]) | undefined;
  /** The list is of all there is, so that an empty one after others is of a server that has just started. */
  readonly isOfAll?: boolean | undefined;
};

const isEmpty = <Row>({ rows }: Listing<Row>): boolean => rows.length === 0;

/**
 * Ends with q, when the reader leaves (exit 0) or with Ctrl-C (130). While the service is away the last picture stays, with
 * a line that says since when; the first read must succeed.
 */
export async function watchListing<Row>(watch: ListingWatch<Row>): Promise<void> {
  const { read, render, parts, name, isOfAll } = watch;
  if (render.format !== 'json' && parts.readScreen().cursor) return watchOnScreen(watch);
  const { writer } = parts;
  await untilInterrupted(async (interrupted) => {
    const nowMs = () => parts.readScreen().nowMs;
    let gap = '';
    await poll<Listing<Row>>({
      ...{ read, nowMs, everyMs: LISTING_EVERY_MS, ...(isOfAll && { isEmpty }) },
      signal: AbortSignal.any([interrupted, writer.closed]),
      onRead: ({ value: listing, lost }) => {
        const screen = parts.readScreen();
        if (render.format === 'json') {
          // Programs never get old rows as new ones: nothing is printed until there are new rows.
          if (lost) return true;
          const now_at = formatInstant(screen.nowMs);
          return writer.write(renderJsonLine({ now_at, [name]: rowObjects(listing.columns, listing.rows) }));
        }
        const away = lost ? `${lostLine(lost, screen)}\n\n` : '';
        const text = gap + away + renderListing(listing, { ...render, screen });
        gap = '\n';
        return writer.write(text);
      },
    });
  });
}

async function watchOnScreen<Row>(watch: ListingWatch<Row>): Promise<void> {
  const { render, parts, summary, worstFirst = (rows) => rows } = watch;
  const nowMs = () => parts.readScreen().nowMs;
  const read = async (): Promise<Listing<Row>> => {
    const listing = await watch.read();
    return { ...listing, rows: worstFirst(listing.rows) };
  };
  let data: Polled<Listing<Row>> = { value: await firstAnswer(read), readMs: nowMs() };
  // An unknown sort key is an error before the terminal is taken over.
  sortRows(data.value, render.sort);
  const list = createWatchedList<Row>(render.sort);

  const draw = (screen: Screen): readonly string[] => {
    const { value: listing, lost } = data;
    const [rows, state] = [list.rows(listing), list.state()];
    const lines = Math.max(2, screen.rows - 1);
    const picture = { listing, rows, state, lines, screen, wide: render.format === 'wide' };
    list.drawn(listing, rows, lines - 1);
    const help = list.help(screen);
    if (help) return help;
    const body = drawList(picture);
    const empty = new Array<string>(Math.max(0, lines - body.length)).fill('');
    const status = {
      ...{ lost: lostLine(lost, screen), more: moreText(picture), state },
      summaries: summary?.(listing.rows) ?? [],
    };
    return [...body, ...empty, statusLine(status, screen)];
  };
  await showLive(
    parts,
    {
      draw,
      press(key, screen) {
        draw(screen);
        return list.press(key, screen);
      },
    },
    ({ redraw, signal }) =>
      poll<Listing<Row>>({
        ...{ read, nowMs, signal, everyMs: LISTING_EVERY_MS, from: data, ...(watch.isOfAll && { isEmpty }) },
        onRead(polled) {
          data = polled;
          redraw();
          return true;
        },
      }),
  );
}
