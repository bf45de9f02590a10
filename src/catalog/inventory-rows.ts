// The rows of the inventory as its changes read and write them, in statements of bounded length.
import type { Kysely, Selectable, Transaction } from 'kysely';
import { compareBytes } from '../domain/names.ts';
import { recordChanges } from './audit.ts';
import { type CatalogTables, fromBytes, toBytes } from './schema.ts';

// Keeps a statement far below every database's limit of placeholders.
const ROWS_A_STATEMENT = 200;

export type HostRow = Selectable<CatalogTables['hosts']>;

export type Tx = Transaction<CatalogTables>;

export const hostOf = (row: HostRow) => ({
  id: Number(row.id),
  hostId: fromBytes(row.host_id),
  location: row.location === null ? undefined : fromBytes(row.location),
  createdMs: Number(row.created_ms),
  updatedMs: Number(row.updated_ms),
});

/** The rows of these hosts, locked where the database can, since they are about to be changed. */
export async function rowsOf(
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

/** Undefined: without a location. */
export async function addHosts(
  tx: Tx,
  added: readonly { readonly hostId: string; readonly location: string | undefined }[],
  nowMs: number,
) {
  for (const part of slices(added)) {
    await tx
      .insertInto('hosts')
      .values(
        part.map(({ hostId, location }) => ({
          host_id: toBytes(hostId),
          location: location === undefined ? null : toBytes(location),
          created_ms: nowMs,
          updated_ms: nowMs,
        })),
      )
      .execute();
  }
}

export async function setLocation(
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
export async function rememberLocations(
  tx: Tx,
  assignments: readonly { readonly location: string }[],
  nowMs: number,
) {
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

/**
 * Every change of the inventory goes through here: its version is the id of its last audit entry. Its row is locked
 * before an entry is numbered, so that entries become visible in the order of their ids.
 */
export async function recordInventoryChanges(
  tx: Tx,
  entries: Parameters<typeof recordChanges>[1],
  lock: boolean,
): Promise<void> {
  if (entries.changes.length === 0) return;
  const versionRow = tx.selectFrom('inventory_version').select('version');
  await (lock ? versionRow.forUpdate() : versionRow).execute();
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

export async function removeHosts(tx: Tx, hostIds: readonly string[]): Promise<void> {
  for (const ids of slices(hostIds)) {
    await tx.deleteFrom('hosts').where('host_id', 'in', ids.map(toBytes)).execute();
  }
}

function slices<T>(list: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(list.length / ROWS_A_STATEMENT) }, (_, i) =>
    list.slice(i * ROWS_A_STATEMENT, (i + 1) * ROWS_A_STATEMENT),
  );
}
