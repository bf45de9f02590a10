// A list on a live screen: which row is chosen, which are seen, sorting and filtering. Keys change its state; drawing is apart.
import { safeText } from '../../domain/safe-text.ts';
import { type Column, cellOf, type Listing, sortRows } from '../output.ts';
import { paint, type Screen } from '../screen.ts';
import { renderTable } from '../table.ts';
import { padStyled, styledWidth, truncateStyled } from '../text.ts';

export type ListState = {
  /** The name of the chosen row; undefined until one is chosen. It stays chosen where the order changes. */
  readonly chosen: string | undefined;
  readonly first: number;
  /** A column's key, with a minus for descending; undefined: as the rows came, the worst first. */
  readonly sort: string | undefined;
  readonly filter: string;
  /** Letters go into the filter. */
  readonly isTyping: boolean;
};

export const LIST_START: ListState = {
  chosen: undefined,
  first: 0,
  sort: undefined,
  filter: '',
  isTyping: false,
};

/** What the state is judged by: the rows as they are shown, and how many lines they have. */
export type ListBox = {
  readonly names: readonly string[];
  readonly lines: number;
  readonly keys: readonly string[];
};

/** The state after a key; undefined if lists do not use the key. */
export function pressInList(state: ListState, key: string, box: ListBox): ListState | undefined {
  if (state.isTyping) return typeInto(state, key);
  const page = Math.max(1, box.lines - 1);
  switch (key) {
    case 'down':
    case 'j':
      return moveBy(state, 1, box);
    case 'up':
    case 'k':
      return moveBy(state, -1, box);
    case 'pagedown':
    case ' ':
      return moveBy(state, page, box);
    case 'pageup':
      return moveBy(state, -page, box);
    case 'home':
    case 'g':
      return moveBy(state, Number.NEGATIVE_INFINITY, box);
    case 'end':
    case 'G':
      return moveBy(state, Number.POSITIVE_INFINITY, box);
    case '/':
      return { ...state, isTyping: true };
    case 's':
    case 'right':
    case '>':
      return { ...state, sort: nextSort(state.sort, box.keys, 1) };
    case 'left':
    case '<':
      return { ...state, sort: nextSort(state.sort, box.keys, -1) };
    case 'S':
    case 'r':
      if (state.sort === undefined) return state;
      return { ...state, sort: state.sort.startsWith('-') ? state.sort.slice(1) : `-${state.sort}` };
    case 'escape':
      return state.filter === '' && state.chosen === undefined && state.sort === undefined
        ? undefined
        : { ...LIST_START };
    default:
      return undefined;
  }
}

function typeInto(state: ListState, key: string): ListState {
  if (key === 'enter' || key === 'down' || key === 'up') return { ...state, isTyping: false };
  if (key === 'escape') return { ...state, filter: '', isTyping: false };
  if (key === 'backspace') return { ...state, filter: [...state.filter].slice(0, -1).join(''), first: 0 };
  if (key === 'ctrl-u') return { ...state, filter: '', first: 0 };
  return [...key].length === 1 ? { ...state, filter: state.filter + key, first: 0 } : state;
}

function moveBy(state: ListState, by: number, { names, lines }: ListBox): ListState {
  if (names.length === 0) return state;
  const at = state.chosen === undefined ? -1 : names.indexOf(state.chosen);
  // The first key chooses what is seen first.
  const from = at >= 0 ? at : by > 0 ? state.first - 1 : state.first;
  const to = Math.min(names.length - 1, Math.max(0, from + by));
  return { ...state, chosen: names[to], first: firstFor(state.first, to, { count: names.length, lines }) };
}

/** The first row that is seen, so that the chosen one is. */
function firstFor(
  first: number,
  chosen: number,
  by: { readonly count: number; readonly lines: number },
): number {
  const lines = Math.max(1, by.lines);
  const low = Math.max(0, Math.min(first, by.count - lines));
  if (chosen < 0) return low;
  return Math.min(chosen, Math.max(low, chosen - lines + 1));
}

function nextSort(sort: string | undefined, keys: readonly string[], by: 1 | -1): string | undefined {
  const at = sort === undefined ? -1 : keys.findIndex((key) => bare(key) === bare(sort));
  const next = at + by;
  if (next === -1 || next >= keys.length) return undefined;
  return keys[next < -1 ? keys.length - 1 : next];
}

const bare = (sort: string): string => sort.replace(/^-/, '');

/** What `s` goes through: columns that are on the screen, numbers with the greatest first, texts with the least. */
export const sortKeys = <Row>({ columns }: Listing<Row>): readonly string[] =>
  columns
    .filter(({ show, key }) => show === undefined && key !== 'trend')
    .map(({ key, align }) => (align === 'right' ? `-${key}` : key));

/** Caches rows by their input: a redraw of ten thousand hosts sorts nothing. */
export function createRowCache<Row>() {
  let last:
    | { readonly rows: readonly Row[]; readonly key: string; readonly shown: readonly Row[] }
    | undefined;
  return (listing: Listing<Row>, { sort, filter }: Pick<ListState, 'sort' | 'filter'>): readonly Row[] => {
    const key = `${sort ?? ''}\n${filter}`;
    if (last?.rows === listing.rows && last.key === key) return last.shown;
    const shown = sortRows({ ...listing, rows: filterRows(listing, filter) }, sort);
    last = { rows: listing.rows, key, shown };
    return shown;
  };
}

/** Rows in which each word of the filter is somewhere in the texts of the row. */
function filterRows<Row>({ columns, rows }: Listing<Row>, filter: string): readonly Row[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = columns.map((column) => textOf(column, row)).join('\n');
    return words.every((word) => text.includes(word));
  });
}

function textOf<Row>({ key, value }: Column<Row>, row: Row): string {
  if (key === 'trend') return '';
  const it = value(row);
  return typeof it === 'string' ? it.toLowerCase() : '';
}

export type ListPicture<Row> = {
  readonly listing: Listing<Row>;
  /** As sorted and filtered. */
  readonly rows: readonly Row[];
  readonly state: ListState;
  /** With the heading. */
  readonly lines: number;
  readonly wide?: boolean | undefined;
  readonly screen: Screen;
};

/** Which rows are seen: the chosen one always. */
export function seenRows<Row>({
  listing,
  rows,
  state,
  lines,
}: Pick<ListPicture<Row>, 'listing' | 'rows' | 'state' | 'lines'>): {
  readonly first: number;
  readonly rows: readonly Row[];
} {
  const chosen =
    state.chosen === undefined ? -1 : rows.findIndex((row) => listing.name(row) === state.chosen);
  const first = firstFor(state.first, chosen, { count: rows.length, lines: lines - 1 });
  return { first, rows: rows.slice(first, first + Math.max(1, lines - 1)) };
}

/** The heading and the rows that fit; the chosen one is marked. */
export function drawList<Row>(picture: ListPicture<Row>): readonly string[] {
  const { listing, state, screen, wide = false } = picture;
  if (picture.rows.length === 0) {
    const words = listing.rows.length === 0 ? listing.empty : `Nothing matches "${safeText(state.filter)}".`;
    return [truncateStyled(`  ${words}`, screen.columns, screen.unicode ? '…' : '~')];
  }
  const seen = seenRows(picture);
  const sorted = state.sort && bare(state.sort);
  const [down, up] = screen.unicode ? ['▼', '▲'] : ['v', '^'];
  const columns = listing.columns
    .filter(({ show }) => show === undefined || (show === 'wide' && wide))
    .map((column) => {
      // A row is one line here.
      const { wraps: _, ...one } = column;
      if (column.key !== sorted) return one;
      // What is sorted by stays in a narrow window.
      const { drop: __, ...rest } = one;
      return { ...rest, title: `${column.title}${state.sort?.startsWith('-') ? down : up}` };
    });
  const table = renderTable({
    columns,
    rows: seen.rows.map((row) => columns.map((column) => cellOf(column, row, screen))),
    screen: { ...screen, columns: Math.max(1, screen.columns - 2) },
    light: true,
  });
  const [head = '', ...body] = table.replace(/\n$/, '').split('\n');
  return [
    `  ${head}`,
    ...body.slice(0, Math.max(1, picture.lines - 1)).map((line, i) => {
      const row = seen.rows[i];
      const isChosen = row !== undefined && listing.name(row) === state.chosen;
      return isChosen ? paint(screen, 'bold', '> ') + line : `  ${line}`;
    }),
  ];
}

/** "and 35 more hosts" or "35 more below", "21 to 40 of 55": what of a list is not on the screen. '' where all of it is. */
export function moreText<Row>(picture: ListPicture<Row>, noun = ''): string {
  const { first, rows } = seenRows(picture);
  const total = picture.rows.length;
  if (rows.length >= total) return '';
  if (first === 0)
    return noun === '' ? `${total - rows.length} more below` : `and ${total - rows.length} more ${noun}`;
  return `${first + 1} to ${first + rows.length} of ${total} ${noun}`.trimEnd();
}

/** What was typed, while it is typed and as long as it holds. */
export function filterText({ filter, isTyping }: ListState, screen: Screen): string {
  if (isTyping) return `/${filter}${screen.unicode ? '▏' : '_'}`;
  return filter === '' ? '' : `/${filter}`;
}

/** A line with one text left and one right, cut to the window. */
export function twoSided(left: string, right: string, { columns, unicode }: Screen): string {
  const mark = unicode ? '…' : '~';
  const room = columns - styledWidth(right) - 2;
  if (right === '' || (room < 20 && styledWidth(left) > room)) return truncateStyled(left, columns, mark);
  const cut = truncateStyled(left, room, mark);
  return `${padStyled(cut, room)}  ${right}`;
}
