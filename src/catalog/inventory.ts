// The inventory: which hosts there are and the location of each. Written once, for every database.
import { sql } from 'kysely';
import { ExpectedError } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AuditChange, AuditLog, recordChanges } from './audit.ts';
import type { Assignment, AssignOutcome, Departure, Inventory, InventoryHost } from './catalog.ts';
import type { CatalogDatabase } from './database.ts';
import {
  addHosts,
  type HostRow,
  recordInventoryChanges,
  rememberLocations,
  removeHosts,
  rowsOf,
  setLocation,
  type Tx,
} from './inventory-rows.ts';
import { createLocationChanges } from './location-changes.ts';
import { fromBytes, rowLimit, toBytes } from './schema.ts';
import { isUndoable, undoChange } from './undo.ts';

export function createInventory(
  database: CatalogDatabase,
  { clock, audit }: { readonly clock: Clock; readonly audit: Pick<AuditLog, 'change'> },
): Inventory {
  const rowsToChange = (tx: Tx, hostIds: readonly string[]) =>
    rowsOf(tx, { hostIds, lock: database.locksRows });

  const record = (tx: Tx, entries: Parameters<typeof recordChanges>[1]) =>
    recordInventoryChanges(tx, entries, database.locksRows);

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

    assign: (assignments, actor) =>
      database.transaction(async (tx) => {
        const nowMs = clock.nowMs();
        const before = await rowsToChange(
          tx,
          assignments.map((one) => one.hostId),
        );
        const { outcomes, changed } = outcomesOf(assignments, before);
        const added = changed.filter((one) => !before.has(one.hostId));
        await addHosts(tx, added, nowMs);
        const moved = Map.groupBy(
          changed.filter((one) => before.has(one.hostId)),
          (one) => one.location,
        );
        for (const [location, hosts] of moved) {
          await setLocation(tx, { hostIds: hosts.map((one) => one.hostId), location, nowMs });
        }
        await rememberLocations(tx, changed, nowMs);
        await record(tx, { actor, atMs: nowMs, changes: outcomes.flatMap(assignmentChange) });
        return outcomes;
      }),

    planAssign: (assignments) =>
      database.read(async (db) => {
        const hostIds = assignments.map((one) => one.hostId);
        return outcomesOf(assignments, await rowsOf(db, { hostIds, lock: false })).outcomes;
      }),

    planDepartures: (hostIds) =>
      database.read(async (db) => departuresOf(hostIds, await rowsOf(db, { hostIds, lock: false }))),

    insert: (assignment, actor) =>
      database.transaction(async (tx) => {
        const nowMs = clock.nowMs();
        const { hostId, location } = assignment;
        const row = (await rowsToChange(tx, [hostId])).get(hostId);
        if (row) {
          const where = row.location === null ? 'without a location' : `in ${fromBytes(row.location)}`;
          throw new ExpectedError('HOST_EXISTS', `${hostId} is in the inventory already, ${where}`, {
            hint: 'Use UpdateHostMsg, or minimon hosts assign, to move it.',
          });
        }
        await addHosts(tx, [assignment], nowMs);
        await rememberLocations(tx, [assignment], nowMs);
        const changes = [{ action: 'host.add', subject: hostId, detail: { to: location } }];
        await record(tx, { actor, atMs: nowMs, changes });
        return hostOf((await rowsToChange(tx, [hostId])).get(hostId)!);
      }),

    unassign: (hostIds, actor) =>
      database.transaction(async (tx) => {
        const nowMs = clock.nowMs();
        const rows = await rowsToChange(tx, hostIds);
        const placed = [...rows].filter(([, row]) => row.location !== null);
        await setLocation(tx, { hostIds: placed.map(([hostId]) => hostId), location: undefined, nowMs });
        const changes = placed.map(([subject, row]) => ({
          action: 'host.unassign',
          subject,
          detail: { from: fromBytes(row.location!) },
        }));
        await record(tx, { actor, atMs: nowMs, changes });
        return departuresOf(hostIds, rows);
      }),

    remove: (hostIds, actor) =>
      database.transaction(async (tx) => {
        const rows = await rowsToChange(tx, hostIds);
        await removeHosts(tx, [...rows.keys()]);
        const changes = [...rows].map(([subject, row]) => ({
          action: 'host.remove',
          subject,
          detail: row.location === null ? {} : { from: fromBytes(row.location) },
        }));
        await record(tx, { actor, atMs: clock.nowMs(), changes });
        return departuresOf(hostIds, rows);
      }),

    ...createLocationChanges(database, clock),

    async undo(id, { actor, force = false, dryRun = false }) {
      const change = await audit.change(id);
      if (!change) {
        throw new ExpectedError('CHANGE_UNKNOWN', `the audit log has no change ${id}`, {
          hint: 'See the changes with their numbers: minimon audit',
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

const hostOf = (row: HostRow): InventoryHost => ({
  id: Number(row.id),
  hostId: fromBytes(row.host_id),
  location: row.location === null ? undefined : fromBytes(row.location),
  createdMs: Number(row.created_ms),
  updatedMs: Number(row.updated_ms),
});

/** What each assignment does, and what to write at the end: a host named twice ends where it was named last. */
function outcomesOf(assignments: readonly Assignment[], before: ReadonlyMap<string, HostRow>) {
  const now = new Map<string, string | undefined>();
  for (const [hostId, row] of before) now.set(hostId, row.location ? fromBytes(row.location) : undefined);
  const outcomes: AssignOutcome[] = [];
  const changed = new Map<string, Assignment>();
  for (const { hostId, location } of assignments) {
    const from = now.get(hostId);
    const change = !now.has(hostId) ? 'added' : from === location ? 'unchanged' : 'moved';
    outcomes.push({ hostId, change, ...(from !== undefined && { from }), location });
    if (change !== 'unchanged') changed.set(hostId, { hostId, location });
    now.set(hostId, location);
  }
  return { outcomes, changed: [...changed.values()] };
}

function assignmentChange({ hostId, change, from, location }: AssignOutcome): AuditChange[] {
  if (change === 'unchanged') return [];
  const action = change === 'added' ? 'host.add' : 'host.move';
  return [{ action, subject: hostId, detail: { ...(from !== undefined && { from }), to: location } }];
}

/** Those that are there, each once, in the order asked. */
const departuresOf = (hostIds: readonly string[], rows: ReadonlyMap<string, HostRow>): Departure[] =>
  [...new Set(hostIds)].flatMap((hostId) => {
    const row = rows.get(hostId);
    if (!row) return [];
    return row.location === null ? [{ hostId }] : [{ hostId, from: fromBytes(row.location) }];
  });
