// Assigns, inserts, unassigns and removes hosts, and previews such changes.
import { ExpectedError } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { AuditChange, recordChanges } from './audit.ts';
import type { Assignment, AssignOutcome, Departure, Inventory } from './catalog.ts';
import type { CatalogDatabase } from './database.ts';
import {
  addHosts,
  type HostRow,
  hostOf,
  recordInventoryChanges,
  rememberLocations,
  removeHosts,
  rowsOf,
  setLocation,
  type Tx,
} from './inventory-rows.ts';
import { fromBytes } from './schema.ts';

export function createAssignmentChanges(
  database: CatalogDatabase,
  clock: Clock,
): Pick<Inventory, 'assign' | 'planAssign' | 'planDepartures' | 'insert' | 'unassign' | 'remove'> {
  const rowsToChange = (tx: Tx, hostIds: readonly string[]) =>
    rowsOf(tx, { hostIds, lock: database.locksRows });

  const record = (tx: Tx, entries: Parameters<typeof recordChanges>[1]) =>
    recordInventoryChanges(tx, entries, database.locksRows);

  return {
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
          throw new ExpectedError('HOST_EXISTS', `${hostId} is already in the inventory, ${where}`, {
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
  };
}

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
