// The inventory: which hosts there are and the location of each. Written once, for every database.
import { sql } from 'kysely';
import { ExpectedError } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { createAssignmentChanges } from './assignment-changes.ts';
import type { AuditLog } from './audit.ts';
import type { Inventory } from './catalog.ts';
import type { CatalogDatabase } from './database.ts';
import { hostOf } from './inventory-rows.ts';
import { createLocationChanges } from './location-changes.ts';
import { fromBytes, rowLimit, toBytes } from './schema.ts';
import { isUndoable, undoChange } from './undo.ts';

export function createInventory(
  database: CatalogDatabase,
  { clock, audit }: { readonly clock: Clock; readonly audit: Pick<AuditLog, 'change'> },
): Inventory {
  return {
    async list({ location, hosts, afterHostId, limit }) {
      if (hosts?.length === 0) return [];
      const rows = await database.read((db) => {
        let query = db.selectFrom('hosts').selectAll().orderBy('host_id').limit(rowLimit(limit));
        if (location !== undefined) query = query.where('location', '=', toBytes(location));
        if (hosts !== undefined) query = query.where('host_id', 'in', hosts.map(toBytes));
        if (afterHostId !== undefined) query = query.where('host_id', '>', toBytes(afterHostId));
        return query.execute();
      });
      return rows.map(hostOf);
    },

    async find(by) {
      const row = await database.read((db) => {
        const query = db.selectFrom('hosts').selectAll();
        return ('id' in by ? query.where('id', '=', by.id) : query.where('host_id', '=', toBytes(by.hostId)))
          .limit(rowLimit(1))
          .executeTakeFirst();
      });
      return row && hostOf(row);
    },

    ...createAssignmentChanges(database, clock),
    ...createLocationChanges(database, clock),

    async undo(id, { actor, force = false, dryRun = false }) {
      const change = await audit.change(id);
      if (!change) {
        throw new ExpectedError('CHANGE_UNKNOWN', `the audit log has no change ${id}`, {
          hint: 'List the changes with their numbers: minimon audit',
        });
      }
      if (!isUndoable(change)) {
        const [{ action } = { action: 'nothing' }] = change.entries;
        throw new ExpectedError(
          'BAD_REQUEST',
          `change ${id} is ${action}: only changes of hosts and locations are undone`,
        );
      }
      return database.transaction((tx) =>
        undoChange(tx, change, {
          ...{ actor, force, dryRun },
          nowMs: clock.nowMs(),
          locksRows: database.locksRows,
        }),
      );
    },

    async removedSince(sinceMs) {
      const rows = await database.read((db) =>
        db
          .selectFrom('audit')
          .select(['subject', 'at_ms'])
          .where('action', '=', 'host.remove')
          .where('at_ms', '>', sinceMs)
          .orderBy('id')
          .execute(),
      );
      return new Map(rows.map((row) => [fromBytes(row.subject), Number(row.at_ms)]));
    },

    async version() {
      const row = await database.read((db) =>
        db.selectFrom('inventory_version').select('version').executeTakeFirst(),
      );
      return Number(row?.version ?? 0);
    },

    async changedHosts({ afterVersion, limit }) {
      const rows = await database.read((db) =>
        db
          .selectFrom('audit')
          .select(['id', 'subject'])
          .where('id', '>', afterVersion)
          .where('action', 'like', 'host.%')
          .orderBy('id')
          .limit(rowLimit(limit))
          .execute(),
      );
      return {
        version: Number(rows.at(-1)?.id ?? afterVersion),
        hostIds: [...new Set(rows.map(({ subject }) => fromBytes(subject)))],
        more: rows.length === limit,
      };
    },

    async locations() {
      const rows = await database.read((db) =>
        db
          .selectFrom('locations')
          .leftJoin('hosts', 'hosts.location', 'locations.location')
          .select(['locations.location', sql<number>`COUNT(hosts.id)`.as('hosts')])
          .groupBy('locations.location')
          .orderBy('locations.location')
          .execute(),
      );
      return rows.map((row) => ({ location: fromBytes(row.location), hosts: Number(row.hosts) }));
    },
  };
}
