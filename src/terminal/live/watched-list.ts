// The one list of a --watch: which of its rows are seen, and what keys do to it.
import type { Listing } from '../output.ts';
import {
  createRowCache,
  LIST_START,
  type ListBox,
  type ListState,
  pressInList,
  sortKeys,
} from './list-view.ts';

export type WatchedList<Row> = {
  readonly state: () => ListState;
  /** The rows that the filter leaves, in the order that keys chose. */
  readonly rows: (listing: Listing<Row>) => readonly Row[];
  /** Said with each picture: `lines` of rows were there for them. */
  readonly drawn: (listing: Listing<Row>, rows: readonly Row[], lines: number) => void;
  readonly press: (key: string) => 'quit' | undefined;
};

export function createWatchedList<Row>(sort: string | undefined): WatchedList<Row> {
  let state: ListState = { ...LIST_START, sort };
  let box: ListBox = { names: [], lines: 1, keys: [] };
  const cached = createRowCache<Row>();
  return {
    state: () => state,
    rows: (listing) => cached(listing, state),
    drawn(listing, rows, lines) {
      box = { names: rows.map(listing.name), lines, keys: sortKeys(listing) };
    },
    press(key) {
      if (key === 'q' && !state.isTyping) return 'quit';
      state = pressInList(state, key, box) ?? state;
      return undefined;
    },
  };
}
