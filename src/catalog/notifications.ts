// Notification state: sent and undelivered messages, one record per account, stored by warn.
import type { Clock } from '../runtime/clock.ts';
import type { CatalogDatabase } from './database.ts';
import { fromBytes, toBytes } from './schema.ts';
import { lockFence } from './warn-lease.ts';

/** The record is warn's; undefined deletes it. */
export type NotificationChange = { readonly key: string; readonly record: object | undefined };

export type Notifications = {
  list(): Promise<readonly { readonly key: string; readonly record: unknown }[]>;
  /** One transaction for all. LEASE_LOST, and nothing is written, unless the lease of warn has this fence. */
  save(changes: readonly NotificationChange[], fence?: number): Promise<void>;
};

export function createNotifications(database: CatalogDatabase, clock: Clock): Notifications {
  return {
    async list() {
      const rows = await database.read((db) =>
        db.selectFrom('notifications').select(['id', 'record']).orderBy('id').execute(),
      );
      return rows.map(({ id, record }) => ({ key: fromBytes(id), record: JSON.parse(record) }));
    },
    save: (changes, fence) =>
      database.transaction(async (tx) => {
        if (fence !== undefined) await lockFence(database, tx, fence);
        const updatedMs = clock.nowMs();
        // One by one: a record may be large, and few change at a time.
        for (const { key, record } of changes) {
          const id = toBytes(key);
          await tx.deleteFrom('notifications').where('id', '=', id).execute();
          if (record === undefined) continue;
          await tx
            .insertInto('notifications')
            .values({ id, record: JSON.stringify(record), updated_ms: updatedMs })
            .execute();
        }
      }),
  };
}
