// `--watch` of a listing: read and drawn again every two seconds; with --json one object a line.
import { delay } from '../runtime/clock.ts';
import { untilInterrupted } from './interruption.ts';
import { createLive, type LiveParts } from './live.ts';
import { type Listing, type RenderOptions, renderJsonLine, renderListing, rowObjects } from './output.ts';
import { rfc3339 } from './relative-time.ts';

const EVERY_MS = 2_000;

export type ListingWatch<Row> = {
  readonly read: () => Promise<Listing<Row>>;
  readonly render: RenderOptions;
  readonly parts: LiveParts;
  /** What the rows are called in an object of --json. */
  readonly name: string;
};

/** Ends when the reader leaves (exit 0) or with Ctrl-C (130). */
export async function watchListing<Row>({ read, render, parts, name }: ListingWatch<Row>): Promise<void> {
  const { writer } = parts;
  const live = createLive(parts);
  await untilInterrupted(async (interrupted) => {
    const signal = AbortSignal.any([interrupted, writer.closed]);
    try {
      while (!signal.aborted) {
        const listing = await read();
        const now = rfc3339(parts.readScreen().nowMs);
        const goesOn =
          render.format === 'json'
            ? await writer.write(
                renderJsonLine({ now_at: now, [name]: rowObjects(listing.columns, listing.rows) }),
              )
            : await live.show((screen) => renderListing(listing, { ...render, screen }));
        if (!goesOn) break;
        await delay(EVERY_MS, signal).catch(() => {});
      }
    } finally {
      await live.stop();
    }
  });
}
