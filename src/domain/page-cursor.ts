// Pages of a list: the limit a caller may ask for, and the opaque cursor that names the last id of a page.
import { ExpectedError } from './errors.ts';
import { compareBytes, idError } from './names.ts';

export const DEFAULT_PAGE_LIMIT = 1_000;
export const MAX_PAGE_LIMIT = 10_000;

/** The number of entries on a page; BAD_REQUEST unless it is an integer from 1 to 10,000. */
export function pageLimit(limit: number | undefined): number {
  if (limit === undefined) return DEFAULT_PAGE_LIMIT;
  if (!Number.isInteger(limit) || limit < 1 || limit > MAX_PAGE_LIMIT) {
    throw new ExpectedError(
      'BAD_REQUEST',
      `limit is ${limit}; it must be a number from 1 to ${MAX_PAGE_LIMIT}`,
      {
        hint: `Leave it out for the default of ${DEFAULT_PAGE_LIMIT}, and get the next page with the cursor of each answer.`,
      },
    );
  }
  return limit;
}

/** `list` keeps a cursor of one list from being taken by another. */
export const pageCursor = (list: string, lastId: string): string =>
  Buffer.from(`${list}\n${lastId}`).toString('base64url');

/** The id after which the page begins; BAD_CURSOR for what {@link pageCursor} did not make for this list. */
export function parsePageCursor(list: string, cursor: string | undefined): string | undefined {
  if (cursor === undefined || cursor === '') return undefined;
  const text = Buffer.from(cursor, 'base64url').toString('utf8');
  const lastId = text.startsWith(`${list}\n`) ? text.slice(list.length + 1) : undefined;
  // Node decodes base64 leniently: only what encodes back to the same text was ours.
  if (lastId === undefined || idError(lastId) !== undefined || pageCursor(list, lastId) !== cursor) {
    throw new ExpectedError('BAD_CURSOR', 'the cursor was not issued by this list', {
      hint: 'Start again without a cursor, and pass next_cursor unchanged.',
    });
  }
  return lastId;
}

/** The index of the first entry after `id`, in a list in the byte order of ids. */
export function firstAfter<T>(entries: readonly T[], id: string, idOf: (entry: T) => string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareBytes(idOf(entries[middle]!), id) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
