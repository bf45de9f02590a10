// The inventory: which hosts there are and the location of each. Written once, for every database.
import { type Kysely, sql, type Transaction } from 'kysely';
import { ExpectedError } from '../domain/errors.ts';
import { compareBytes } from '../domain/names.ts';
import type { Clock } from '../runtime/clock.ts';
import { type AuditChange, recordChanges } from './audit.ts';
import type { Assignment, AssignOutcome, Departure, Inventory, InventoryHost } from './catalog.ts';
import type { CatalogDatabase } from './database.ts';
import { type CatalogTables, fromBytes, rowLimit, toBytes } from './schema.ts';

// Keeps a statement far below every database's limit of placeholders.
const ROWS_A_STATEMENT = 200;

type HostRow = {
  id: number;
  host_id: Buffer;
  location: Buffer | null;
  created_ms: number;
  updated_ms: number;
};

type Tx = Transaction<CatalogTables>;

export function createInventory(database: CatalogDatabase, clock: Clock): Inventory {
  const rowsToChange = (tx: Tx, hostIds: readonly string[]) =>
    rowsOf(tx, { hostIds, lock: database.locksRows });

  /**
   * Every change goes through here: the version is the id of its last audit entry. Its row is locked before an entry is
   * numbered, so that entries become visible in the order of their ids.
   */
  async function record(tx: Tx, entries: Parameters<typeof recordChanges>[1]): Promise<void> {
    if (entries.changes.length === 0) return;
    const versionRow = tx.selectFrom('inventory_version').select('version');
    await (database.locksRows ? versionRow.forUpdate() : versionRow).execute();
    await recordChanges(tx, entries);
    // By itself: inside the update MySQL would lock the end of the audit log.
    const [newest] = await tx
      .selectFrom('audit')
      .select(({ fn }) => fn.max('id').as('id'))
      .execute();
    await tx
      .updateTable('inventory_version')
      .set({ version: Number(newest!.id) })
      .execute();
  }

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
        for (const ids of slices([...rows.keys()])) {
          await tx.deleteFrom('hosts').where('host_id', 'in', ids.map(toBytes)).execute();
        }
        const changes = [...rows].map(([subject, row]) => ({
          action: 'host.remove',
          subject,
          detail: row.location === null ? {} : { from: fromBytes(row.location) },
        }));
        await record(tx, { actor, atMs: clock.nowMs(), changes });
        return departuresOf(hostIds, rows);
      }),

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

/** The rows of these hosts, locked where the database can, since they are about to be changed. */
async function rowsOf(
  tx: Kysely<CatalogTables>,
  { hostIds, lock }: { readonly hostIds: readonly string[]; readonly lock: boolean },
): Promise<Map<string, HostRow>> {
  const rows = new Map<string, HostRow>();
  // In byte order, so that two transactions lock in the same order.
  for (const ids of slices([...new Set(hostIds)].sort(compareBytes))) {
    const found = await tx
      .selectFrom('hosts')
      .selectAll()
      .where('host_id', 'in', ids.map(toBytes))
      .$if(lock, (query) => query.forUpdate())
      .execute();
    for (const row of found) rows.set(fromBytes(row.host_id), row);
  }
  return rows;
}

async function addHosts(tx: Tx, added: readonly Assignment[], nowMs: number) {
  for (const part of slices(added)) {
    await tx
      .insertInto('hosts')
      .values(
        part.map(({ hostId, location }) => ({
          host_id: toBytes(hostId),
          location: toBytes(location),
          created_ms: nowMs,
          updated_ms: nowMs,
        })),
      )
      .execute();
  }
}

async function setLocation(
  tx: Tx,
  change: { readonly hostIds: readonly string[]; readonly location: string | undefined; nowMs: number },
) {
  const location = change.location === undefined ? null : toBytes(change.location);
  for (const ids of slices(change.hostIds)) {
    await tx
      .updateTable('hosts')
      .set({ location, updated_ms: change.nowMs })
      .where('host_id', 'in', ids.map(toBytes))
      .execute();
  }
}

/** Inserts locations that never had a host before. */
async function rememberLocations(tx: Tx, assignments: readonly Assignment[], nowMs: number) {
  for (const names of slices([...new Set(assignments.map((one) => one.location))].sort(compareBytes))) {
    const rows = await tx
      .selectFrom('locations')
      .select('location')
      .where('location', 'in', names.map(toBytes))
      .execute();
    const known = new Set(rows.map((row) => fromBytes(row.location)));
    const fresh = names.filter((name) => !known.has(name));
    if (fresh.length === 0) continue;
    await tx
      .insertInto('locations')
      .values(fresh.map((name) => ({ location: toBytes(name), first_used_ms: nowMs })))
      .execute();
  }
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

function slices<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / ROWS_A_STATEMENT) }, (_, i) =>
    list.slice(i * ROWS_A_STATEMENT, (i + 1) * ROWS_A_STATEMENT),
  );
}
