// Lists that come in pages, read to their end or to as many entries as are wanted.
import { MAX_PAGE_LIMIT } from '../domain/page-cursor.ts';

type Paged<Key extends string> = { readonly nextCursor?: string | undefined } & {
  readonly [K in Key]: readonly unknown[];
};

/** The last page, with the entries of all of them under `key`. It has a cursor where there are more than `limit`. */
export async function readPages<Key extends string, Page extends Paged<Key>>(
  key: Key,
  read: (at: { readonly limit: number; readonly cursor?: string }) => Promise<Page>,
  { limit = Number.POSITIVE_INFINITY, atOnce = MAX_PAGE_LIMIT } = {},
): Promise<Page> {
  const entries: unknown[] = [];
  for (let cursor: string | undefined; ; ) {
    const asked = Math.min(atOnce, limit - entries.length);
    const page = await read({ limit: asked, ...(cursor !== undefined && { cursor }) });
    for (const entry of page[key]) entries.push(entry);
    cursor = page.nextCursor;
    if (cursor === undefined || entries.length >= limit) return { ...page, [key]: entries };
  }
}
