// Renames and removes locations, with their hosts.
import { listed } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Inventory } from './catalog.ts';
import type { CatalogDatabase } from './database.ts';
import { recordInventoryChanges, rememberLocations, setLocation, type Tx } from './inventory-rows.ts';
import { moveJoinGrants } from './join-grants.ts';
import { fromBytes, toBytes } from './schema.ts';

export function createLocationChanges(
  database: CatalogDatabase,
  clock: Clock,
): Pick<Inventory, 'renameLocation' | 'removeLocation'> {
  /** The hosts of a location, locked; undefined for one that nobody ever named. */
  async function hostsOf(tx: Tx, location: string): Promise<readonly string[] | undefined> {
    const known = await tx
      .selectFrom('locations')
      .select('location')
      .where('location', '=', toBytes(location))
      .$if(database.locksRows, (query) => query.forUpdate())
      .executeTakeFirst();
    if (!known) return undefined;
    const rows = await tx
      .selectFrom('hosts')
      .select('host_id')
      .where('location', '=', toBytes(location))
      .orderBy('host_id')
      .$if(database.locksRows, (query) => query.forUpdate())
      .execute();
    return rows.map((row) => fromBytes(row.host_id));
  }

  return {
    renameLocation: ({ from, to, dryRun = false }, actor) =>
      database.transaction(async (tx) => {
        const nowMs = clock.nowMs();
        const hostIds = await hostsOf(tx, from);
        if (hostIds === undefined) return undefined;
        if ((await hostsOf(tx, to)) !== undefined) {
          throw new ExpectedError('LOCATION_EXISTS', `location ${to} already exists`, {
            hint: `To merge them, move the hosts: minimon hosts assign HOST... --location ${to}`,
          });
        }
        if (dryRun) return hostIds;
        await setLocation(tx, { hostIds, location: to, nowMs });
        await moveJoinGrants(tx, from, to);
        await forgetLocation(tx, from);
        await rememberLocations(tx, [{ location: to }], nowMs);
        const changes = [
          { action: 'location.rename', subject: from, detail: { from, to } },
          ...hostIds.map((subject) => ({ action: 'host.move', subject, detail: { from, to } })),
        ];
        await recordInventoryChanges(tx, { actor, atMs: nowMs, changes }, database.locksRows);
        return hostIds;
      }),

    removeLocation: (location, { actor, force, dryRun = false }) =>
      database.transaction(async (tx) => {
        const nowMs = clock.nowMs();
        const hostIds = await hostsOf(tx, location);
        if (hostIds === undefined) return undefined;
        if (hostIds.length > 0 && !force) {
          throw new ExpectedError(
            'LOCATION_IN_USE',
            `hosts are assigned to ${location}: ${listed(hostIds, 3)}`,
            { hint: 'With force (--yes on the command line) they are left without a location.' },
          );
        }
        if (dryRun) return hostIds;
        await setLocation(tx, { hostIds, location: undefined, nowMs });
        await moveJoinGrants(tx, location, undefined);
        await forgetLocation(tx, location);
        const changes = [
          { action: 'location.remove', subject: location, detail: { from: location } },
          ...hostIds.map((subject) => ({ action: 'host.unassign', subject, detail: { from: location } })),
        ];
        await recordInventoryChanges(tx, { actor, atMs: nowMs, changes }, database.locksRows);
        return hostIds;
      }),
  };
}

export async function forgetLocation(tx: Tx, location: string): Promise<void> {
  await tx.deleteFrom('locations').where('location', '=', toBytes(location)).execute();
}
