// Lists on a live screen: choosing, paging, sorting, filtering, and what is said of rows that are not seen.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  createRowCache,
  drawList,
  LIST_START,
  type ListState,
  moreText,
  pressInList,
  sortKeys,
} from '../../../src/terminal/live/list-view.ts';
import type { Listing } from '../../../src/terminal/output.ts';
import { terminal } from '../screens.ts';

type Row = { readonly id: string; readonly load: number };
const listingOf = (rows: readonly Row[]): Listing<Row> => ({
  columns: [
    { key: 'host_id', title: 'HOST', value: ({ id }) => id },
    { key: 'load', title: 'LOAD', align: 'right', value: ({ load }) => load },
  ],
  rows,
  name: ({ id }) => id,
  empty: 'No hosts.',
});
const fifty = Array.from({ length: 50 }, (_, i) => ({ id: `web-${i}`, load: 50 - i }));
const LINES = 11;

function press(keys: readonly string[], rows: readonly Row[] = fifty, start: ListState = LIST_START) {
  const cached = createRowCache<Row>();
  const listing = listingOf(rows);
  let state = start;
  for (const key of keys) {
    const shown = cached(listing, state);
    state =
      pressInList(state, key, {
        names: shown.map(({ id }) => id),
        lines: LINES - 1,
        keys: sortKeys(listing),
      }) ?? state;
  }
  const picture = { listing, rows: cached(listing, state), state, lines: LINES, screen: terminal() };
  return { state, lines: drawList(picture), more: moreText(picture, 'hosts') };
}

test('the first rows are seen, and how many more there are', () => {
  const { lines, more } = press([]);
  assert.deepEqual([lines.length, lines[1], lines.at(-1)], [11, '  web-0    50', '  web-9    41']);
  assert.equal(more, 'and 40 more hosts');
});

test('the chosen row is marked and always seen, to both ends', () => {
  assert.equal(press(['down', 'j']).lines[2], '> web-1    49');
  assert.equal(press(['end']).lines.at(-1), '> web-49     1');
  assert.equal(press(['end']).more, '41 to 50 of 50 hosts');
  assert.equal(press(['end', 'home']).lines[1], '> web-0    50');
  assert.equal(press(['pagedown', 'pagedown']).state.chosen, 'web-17');
  assert.equal(press(['pagedown', 'pagedown', 'pageup', 'k']).state.chosen, 'web-7');
  assert.equal(press(['up', 'up']).state.chosen, 'web-0');
});

test('a chosen row stays chosen where the order changes', () => {
  const { state } = press(['down', 'down']);
  const turned = press([], fifty.toReversed(), state);
  assert.equal(turned.lines.at(-1), '> web-1     49');
});

test('s goes through the columns and back to the order they came in, r turns it round', () => {
  assert.deepEqual(
    [['s'], ['s', 's'], ['s', 's', 's'], ['<'], ['s', 's', 'r']].map((keys) => press(keys).state.sort),
    ['host_id', '-load', undefined, '-load', 'load'],
  );
  const { lines } = press(['s', 's', 'r']);
  assert.deepEqual(lines.slice(0, 2), ['  HOST    LOAD▲', '  web-49      1']);
});

test('/ filters while it is typed; Enter keeps it, Escape drops it', () => {
  const typed = press(['/', 'W', ' ', '4', 'x', 'backspace']);
  assert.match(typed.lines[1]!, /web-4 /);
  assert.ok(typed.lines.every((line, i) => i === 0 || /web-\d*4/.test(line)));
  assert.equal(press(['/', 'w', 'enter', 's']).state.sort, 'host_id');
  assert.equal(press(['/', 's']).state.sort, undefined);
  assert.equal(press(['/', 'q', 'enter']).lines[0], '  Nothing matches "q".');
  assert.deepEqual(press(['/', '4', 'escape']).state.filter, '');
  assert.deepEqual(press(['/', '4', 'enter', 'escape']).state, LIST_START);
});

test('rows are sorted and filtered when they change, not when they are drawn', () => {
  const cached = createRowCache<Row>();
  const listing = listingOf(fifty);
  const state = { sort: 'load', filter: 'web' };
  assert.equal(cached(listing, state), cached({ ...listing }, { ...state }));
  assert.notEqual(cached(listing, state), cached(listingOf([...fifty]), state));
});
