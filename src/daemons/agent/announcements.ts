// Says in the log what is left out or fails: once when it begins, once when it is over.
import type { Logger } from '../../runtime/logging.ts';
import type { Collected } from './collection.ts';

export type Announcements = { tell(collected: Pick<Collected, 'leftOut' | 'failed'>): void };

/** What comes and goes is named at most this often. */
const AGAIN_AFTER_MS = 3_600_000;

export function createAnnouncements(logger: Logger, nowMs: () => number): Announcements {
  const spoken = new Map<string, { atMs: number; present: boolean }>();
  return {
    tell({ leftOut, failed }) {
      const present = new Set<string>();
      const isNews = (what: string, why: string): boolean => {
        const key = `${what}: ${why}`;
        present.add(key);
        const last = spoken.get(key);
        const due = !last || (!last.present && nowMs() - last.atMs >= AGAIN_AFTER_MS);
        spoken.set(key, { atMs: due ? nowMs() : last.atMs, present: true });
        return due;
      };

      const news = leftOut.filter(({ what, why }) => isNews(what, why));
      // Many fall to the same filter: they share a line.
      for (const [why, omissions] of Map.groupBy(news, (one) => one.why)) {
        logger.info({ why, what: omissions.map((one) => one.what) }, 'left out of the ticks');
      }
      for (const { what: collector, why } of failed) {
        if (isNews(collector, why)) logger.warn({ collector, why }, 'a collector failed; the others go on');
      }
      for (const [key, last] of spoken) {
        if (present.has(key)) continue;
        if (last.present) {
          logger.info({ what: key }, 'no longer left out or failing');
          last.present = false;
        } else if (nowMs() - last.atMs >= AGAIN_AFTER_MS) spoken.delete(key);
      }
    },
  };
}
