// Undoes a change of the inventory: restores each of its hosts, unless it was changed since.
import { listed } from '../domain/counting.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { AuditChange, AuditedChange } from './audit.ts';
import type { HostChange } from './catalog.ts';
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
import { forgetLocation } from './location-changes.ts';
import { fromBytes, toBytes } from './schema.ts';

/** Absent: not in the inventory. */
type Place = { readonly location: string | undefined } | undefined;

/** Whether a change is one of hosts or locations. */
export const isUndoable = ({ entries }: AuditedChange): boolean =>
  entries.some(({ action }) => /^(host|location)\./.test(action));

export async function undoChange(
  tx: Tx,
  change: AuditedChange,
  by: {
    readonly actor: string;
    readonly nowMs: number;
    readonly force: boolean;
    readonly dryRun: boolean;
    readonly locksRows: boolean;
  },
): Promise<readonly HostChange[]> {
  const places = placesOf(change);
  const rows = await rowsOf(tx, { hostIds: [...places.keys()], lock: by.locksRows && !by.dryRun });
  const placeOf = (hostId: string) => placeOfRow(rows.get(hostId));
  const changedSince = [...places].filter(([hostId, { after }]) => !isSame(placeOf(hostId), after));
  if (changedSince.length > 0 && !by.force) {
    const named = changedSince.map(([hostId]) => `${hostId} (now ${worded(placeOf(hostId))})`);
    throw new ExpectedError(
      'HOST_CHANGED',
      `${changedSince.length} of ${places.size} hosts were changed since: ${listed(named, 3)}`,
      { hint: `See minimon hosts history ${changedSince[0]![0]}; with --force they are restored, too.` },
    );
  }
  const outcomes = [...places].map(([hostId, { before }]) => outcomeOf(hostId, placeOf(hostId), before));
  if (by.dryRun) return outcomes;

  const { nowMs } = by;
  const ids = (kind: HostChange['change']) =>
    outcomes.filter((one) => one.change === kind).map(({ hostId }) => hostId);
  await addHosts(tx, outcomes.filter(({ change: kind }) => kind === 'added').map(withLocation), nowMs);
  await removeHosts(tx, ids('removed'));
  await setLocation(tx, { hostIds: ids('unassigned'), location: undefined, nowMs });
  const moved = Map.groupBy(
    outcomes.filter(({ change: kind }) => kind === 'moved'),
    ({ location }) => location,
  );
  for (const [location, hosts] of moved)
    await setLocation(tx, { hostIds: hosts.map(({ hostId }) => hostId), location, nowMs });
  const returned = outcomes.flatMap(({ location }) => (location === undefined ? [] : [{ location }]));
  await rememberLocations(tx, returned, nowMs);
  const changes = [...(await undoLocations(tx, change, nowMs)), ...outcomes.flatMap(auditOf)];
  await forgetNewLocations(tx, change);
  await recordInventoryChanges(
    tx,
    { actor: by.actor, atMs: nowMs, changes, undoes: change.id },
    by.locksRows,
  );
  return outcomes;
}

const withLocation = ({ hostId, location }: HostChange) => ({ hostId, location });

/** Where each host was before the change and after it. */
function placesOf({
  entries,
}: AuditedChange): Map<string, { readonly before: Place; readonly after: Place }> {
  const places = new Map<string, { readonly before: Place; readonly after: Place }>();
  for (const { action, subject, detail } of entries) {
    if (!action.startsWith('host.')) continue;
    const before = action === 'host.add' ? undefined : { location: detail['from'] };
    const after = action === 'host.remove' ? undefined : { location: detail['to'] };
    places.set(subject, { before: places.has(subject) ? places.get(subject)!.before : before, after });
  }
  return places;
}

const placeOfRow = (row: HostRow | undefined): Place =>
  row && { location: row.location === null ? undefined : fromBytes(row.location) };

const isSame = (a: Place, b: Place): boolean =>
  a === undefined || b === undefined ? a === b : a.location === b.location;

const worded = (place: Place): string => {
  if (place === undefined) return 'not in the inventory';
  return place.location === undefined ? 'without a location' : `in ${place.location}`;
};

function outcomeOf(hostId: string, now: Place, before: Place): HostChange {
  const from = now?.location;
  const to = before?.location;
  const around = { hostId, ...(from !== undefined && { from }), ...(to !== undefined && { location: to }) };
  if (isSame(now, before)) return { ...around, change: 'unchanged' };
  if (before === undefined) return { ...around, change: 'removed' };
  if (now === undefined) return { ...around, change: 'added' };
  return { ...around, change: to === undefined ? 'unassigned' : 'moved' };
}

const ACTIONS = {
  added: 'host.add',
  moved: 'host.move',
  unassigned: 'host.unassign',
  removed: 'host.remove',
} as const;

function auditOf({ hostId, change, from, location }: HostChange): AuditChange[] {
  if (change === 'unchanged') return [];
  const detail = { ...(from !== undefined && { from }), ...(location !== undefined && { to: location }) };
  return [{ action: ACTIONS[change], subject: hostId, detail }];
}

async function undoLocations(tx: Tx, change: AuditedChange, nowMs: number): Promise<AuditChange[]> {
  const changes: AuditChange[] = [];
  for (const { action, subject, detail } of change.entries) {
    if (!action.startsWith('location.')) continue;
    if (action === 'location.add') {
      if (!(await hasHosts(tx, subject))) await forgetLocation(tx, subject);
      changes.push({ action: 'location.remove', subject, detail: { from: subject } });
      continue;
    }
    await rememberLocations(tx, [{ location: subject }], nowMs);
    const to = detail['to'];
    if (action === 'location.rename' && to !== undefined) {
      if (!(await hasHosts(tx, to))) await forgetLocation(tx, to);
      changes.push({ action, subject: to, detail: { from: to, to: subject } });
    } else changes.push({ action: 'location.add', subject, detail: { to: subject } });
  }
  return changes;
}

/** A location that the change made is gone with it, where no host is left there. */
async function forgetNewLocations(tx: Tx, { entries, atMs }: AuditedChange): Promise<void> {
  const reached = new Set(entries.flatMap(({ detail }) => detail['to'] ?? []));
  for (const location of reached) {
    const row = await tx
      .selectFrom('locations')
      .select('first_used_ms')
      .where('location', '=', toBytes(location))
      .executeTakeFirst();
    if (row && Number(row.first_used_ms) === atMs && !(await hasHosts(tx, location)))
      await forgetLocation(tx, location);
  }
}

async function hasHosts(tx: Tx, location: string): Promise<boolean> {
  const row = await tx
    .selectFrom('hosts')
    .select('id')
    .where('location', '=', toBytes(location))
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}
