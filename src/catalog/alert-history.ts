// The history of alerts and their notifications, newest last, bounded in age and number.
import type { Transaction } from 'kysely';
import type { HistoryEntry } from '../domain/alerting/history.ts';
import type { CatalogDatabase } from './database.ts';
import { type CatalogTables, rowLimit } from './schema.ts';

export type StoredHistoryEntry = HistoryEntry & { readonly id: number };

/** What is older goes. */
export const KEEP_HISTORY_MS = 90 * 86_400_000;
/** What is further back goes, whatever its age. */
const MAX_HISTORY = 200_000;

export type AlertHistory = {
  append(entries: readonly HistoryEntry[]): Promise<void>;
  /** Newest first, those before `beforeId`, which happened from `sinceMs` until before `untilMs`. */
  list(query: {
    readonly beforeId?: number;
    readonly sinceMs?: number;
    readonly untilMs?: number;
    readonly limit: number;
  }): Promise<readonly StoredHistoryEntry[]>;
  /** Deletes what is older than 90 days at `nowMs`, and all but the newest 200,000. */
  prune(nowMs: number): Promise<void>;
};

const ROWS_A_STATEMENT = 200;
/** Of the oldest history, at one time. */
const MAX_PRUNED_MS = 86_400_000;

/** In a transaction that stores more with it. */
export async function appendHistory(
  tx: Transaction<CatalogTables>,
  entries: readonly HistoryEntry[],
): Promise<void> {
  for (let at = 0; at < entries.length; at += ROWS_A_STATEMENT) {
    const rows = entries
      .slice(at, at + ROWS_A_STATEMENT)
      .map((entry) => ({ at_ms: entry.atMs, record: JSON.stringify(entry) }));
    await tx.insertInto('alert_history').values(rows).execute();
  }
}

export function createAlertHistory(database: CatalogDatabase): AlertHistory {
  return {
    append: (entries) => database.transaction((tx) => appendHistory(tx, entries)),
    async list({ beforeId, sinceMs, untilMs, limit }) {
      const rows = await database.read((db) => {
        let query = db.selectFrom('alert_history').select(['id', 'record']);
        if (beforeId !== undefined) query = query.where('id', '<', beforeId);
        if (sinceMs !== undefined) query = query.where('at_ms', '>=', sinceMs);
        if (untilMs !== undefined) query = query.where('at_ms', '<', untilMs);
        return query.orderBy('id', 'desc').limit(rowLimit(limit)).execute();
      });
      return rows.map(({ id, record }) => ({ ...(JSON.parse(record) as HistoryEntry), id: Number(id) }));
    },
    prune: (nowMs) =>
      database.transaction(async (tx) => {
        const oldest = await tx
          .selectFrom('alert_history')
          .select('at_ms')
          .orderBy('at_ms')
          .limit(rowLimit(1))
          .execute();
        // A clock that is wrong for an hour must not take all of it.
        const oldestMs = Number(oldest[0]?.at_ms ?? nowMs);
        const beforeMs = Math.min(nowMs - KEEP_HISTORY_MS, oldestMs + MAX_PRUNED_MS);
        await tx.deleteFrom('alert_history').where('at_ms', '<', beforeMs).execute();
        const newest = await tx
          .selectFrom('alert_history')
          .select('id')
          .orderBy('id', 'desc')
          .limit(rowLimit(1))
          .execute();
        const last = Number(newest[0]?.id ?? 0);
        await tx
          .deleteFrom('alert_history')
          .where('id', '<=', last - MAX_HISTORY)
          .execute();
      }),
  };
}
