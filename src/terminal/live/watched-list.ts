// The list of a --watch: visible rows, handling of keys, help screen and status line.
import type { Listing } from '../output.ts';
import { paint, type Screen } from '../screen.ts';
import { styledWidth } from '../text.ts';
import {
  createRowCache,
  filterText,
  LIST_START,
  type ListBox,
  type ListState,
  pressInList,
  sortKeys,
  twoSided,
} from './list-view.ts';
import { CLOSES_HELP, helpLines, LIST_KEYS, SCREEN_KEYS, scrollText } from './text-page.ts';

export type WatchedList<Row> = {
  readonly state: () => ListState;
  /** The rows that the filter leaves, in the order that keys chose. */
  readonly rows: (listing: Listing<Row>) => readonly Row[];
  /** Said with each picture: `lines` of rows were there for them. */
  readonly drawn: (listing: Listing<Row>, rows: readonly Row[], lines: number) => void;
  readonly press: (key: string, screen: Screen) => 'quit' | undefined;
  /** What is shown instead of the list, with its last line; undefined while no help is shown. */
  readonly help: (screen: Screen) => readonly string[] | undefined;
};

const HELP = [
  'The list refreshes as samples arrive, worst first. While the server is down the last picture stays, and the last line says since when.',
  [...LIST_KEYS, ['Esc', 'clear the filter and the order'], ...SCREEN_KEYS],
] as const;

export function createWatchedList<Row>(sort: string | undefined): WatchedList<Row> {
  let state: ListState = { ...LIST_START, sort };
  let box: ListBox = { names: [], lines: 1, keys: [] };
  /** The first line of the help that is seen. */
  let help: number | undefined;
  const cached = createRowCache<Row>();
  const helpBox = ({ columns, rows }: Screen) => {
    const lines = helpLines(HELP, columns);
    return { lines, textLines: lines.length, windowLines: Math.max(1, rows - 1) };
  };
  return {
    state: () => state,
    rows: (listing) => cached(listing, state),
    drawn(listing, rows, lines) {
      box = { names: rows.map(listing.name), lines, keys: sortKeys(listing) };
    },
    press(key, screen) {
      if (help !== undefined) {
        help = CLOSES_HELP.includes(key) ? undefined : scrollText(help, key, helpBox(screen));
        return undefined;
      }
      if (!state.isTyping && key === 'q') return 'quit';
      if (!state.isTyping && (key === '?' || key === 'h')) help = 0;
      else state = pressInList(state, key, box) ?? state;
      return undefined;
    },
    help(screen) {
      if (help === undefined) return undefined;
      const { lines, windowLines } = helpBox(screen);
      const seen = lines.slice(help, help + windowLines);
      const below = lines.length - help - windowLines;
      const more = below > 0 ? `and ${below} more lines` : '';
      const empty = new Array<string>(windowLines - seen.length).fill('');
      return [...seen, ...empty, twoSided(paint(screen, 'dim', more), '? back', screen)];
    },
  };
}

/**
 * The last line of a --watch: what is lost, or how many there are and how many are not seen, in as many words as fit; at the
 * right the filter or two of the keys.
 */
export function statusLine(
  by: {
    readonly lost: string;
    /** From the longest words to the shortest. */
    readonly summaries: readonly string[];
    readonly more: string;
    readonly state: ListState;
  },
  screen: Screen,
): string {
  const right = filterText(by.state, screen) || '? help  q quit';
  if (by.lost !== '') return twoSided(by.lost, right, screen);
  const summaries = by.summaries.length === 0 ? [''] : by.summaries;
  const texts = [
    ...summaries.map((summary) => [summary, by.more].filter(Boolean).join(', ')),
    summaries.at(-1)!,
  ];
  const room = screen.columns - styledWidth(right) - 2;
  const text = texts.find((one) => styledWidth(one) <= room);
  // Hosts that do not report come before the key hints.
  if (text === undefined) return paint(screen, 'dim', twoSided(texts.at(-1)!, '', screen));
  return twoSided(paint(screen, 'dim', text), right, screen);
}
