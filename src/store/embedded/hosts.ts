// hosts.sqlite: what is known of hosts, how far the stream was consumed, and numbers that outlive restarts.
import { join } from 'node:path';
import type { Refusal } from '../../domain/tick.ts';
import { openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import type { TickView } from '../../wire/tick-codec.ts';
import {
  addArrival,
  addFacts,
  addSeen,
  addState,
  byHostId,
  type HostRecord,
  lastKnownMs,
  newerRefusal,
  newHostRecord,
  storedHost,
} from '../host-record.ts';
import type { StoredHost, Watermark } from '../store.ts';
import type { WeekFiles } from './week-files.ts';
import { phaseOf, windowStart } from './windows.ts';

const SCHEMA = [
  `CREATE TABLE hosts (id TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE watermarks (partition INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL);
   CREATE TABLE limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`,
];

export type Hosts = {
  /** Live or backfilled. */
  addTick(tick: TickView): void;
  /** Of a live tick only. */
  addArrival(hostId: string, machineId: string, receivedMs: number): void;
  addRefusals(refusals: readonly Refusal[], receivedMs: number): void;
  addSeen(hostId: string, seen: { readonly firstMs: number; readonly lastMs: number }): void;
  setWatermark(partition: number, receivedMs: number): void;
  list(query: {
    readonly sinceMs: number;
    readonly hosts?: readonly string[] | undefined;
    readonly nowMs: number;
  }): StoredHost[];
  watermarks(): Watermark[];
  /** A number that outlives restarts. */
  limit(name: string): number | undefined;
  setLimit(name: string, value: number): void;
  /** Deletes hosts without a tick or a refusal since. */
  deleteBefore(timeMs: number): void;
  /** Writes what changed; durable when it returns. */
  flush(): void;
  size(): number;
  close(): void;
};

export function openHosts(directory: string, onDamaged: (message: string) => void): Hosts {
  const path = join(directory, 'hosts.sqlite');
  const db = openSqlite({ path, synchronous: 'full', schema: SCHEMA, onDamaged });
  const { records, watermarks, limits } = load(db);
  const changed = new Set<string>();
  const deleted = new Set<string>();
  let watermarksChanged = false;

  const putHost = db.prepare('INSERT OR REPLACE INTO hosts (id, entry) VALUES (?, ?)');
  const deleteHost = db.prepare('DELETE FROM hosts WHERE id = ?');
  const putWatermark = db.prepare('INSERT OR REPLACE INTO watermarks (partition, received_ms) VALUES (?, ?)');
  const putLimit = db.prepare('INSERT OR REPLACE INTO limits (name, value) VALUES (?, ?)');
  const writeChanges = db.transaction(() => {
    for (const id of deleted) deleteHost.run(id);
    for (const id of changed) putHost.run(id, JSON.stringify(records.get(id)));
    if (watermarksChanged) for (const mark of watermarks) putWatermark.run(...mark);
  });

  /** To be changed by the caller. */
  function recordOf(hostId: string): HostRecord {
    let record = records.get(hostId);
    if (!record) {
      record = newHostRecord();
      records.set(hostId, record);
    }
    deleted.delete(hostId);
    changed.add(hostId);
    return record;
  }

  return {
    addTick(tick) {
      const record = recordOf(tick.hostId);
      addSeen(record, tick.timeMs);
      addState(record, tick.timeMs, tick);
      if (tick.facts) addFacts(record, tick.timeMs, tick.facts);
    },
    addArrival: (hostId, machineId, receivedMs) => addArrival(recordOf(hostId), machineId, receivedMs),
    addSeen(hostId, { firstMs, lastMs }) {
      const record = recordOf(hostId);
      addSeen(record, firstMs);
      addSeen(record, lastMs);
    },
    addRefusals(refusals, receivedMs) {
      for (const refusal of refusals) {
        const record = recordOf(refusal.hostId);
        record.refusal = newerRefusal(record.refusal, refusal, receivedMs);
      }
    },
    setWatermark(partition, receivedMs) {
      if (receivedMs <= (watermarks.get(partition) ?? 0)) return;
      watermarks.set(partition, receivedMs);
      watermarksChanged = true;
    },
    list({ sinceMs, hosts, nowMs }) {
      const found: StoredHost[] = [];
      for (const hostId of hosts ? new Set(hosts) : records.keys()) {
        const record = records.get(hostId);
        if (record && lastKnownMs(record) >= sinceMs) found.push(storedHost(hostId, record, nowMs));
      }
      return found.sort(byHostId);
    },
    watermarks: () =>
      [...watermarks]
        .map(([partition, receivedMs]) => ({ partition, receivedMs }))
        .sort((a, b) => a.partition - b.partition),
    limit: (name) => limits.get(name),
    setLimit(name, value) {
      limits.set(name, value);
      putLimit.run(name, value);
    },
    deleteBefore(timeMs) {
      for (const [hostId, { lastSeenMs, refusal }] of records) {
        if (Math.max(lastSeenMs, refusal?.receivedMs ?? 0) >= timeMs) continue;
        records.delete(hostId);
        changed.delete(hostId);
        deleted.add(hostId);
      }
    },
    flush() {
      if (changed.size === 0 && deleted.size === 0 && !watermarksChanged) return;
      writeChanges();
      changed.clear();
      deleted.clear();
      watermarksChanged = false;
    },
    size: () => records.size,
    close: () => void db.close(),
  };
}

function load(db: SqliteDatabase) {
  const rows = <Row extends readonly unknown[]>(sql: string) => db.prepare<[], Row>(sql).raw().iterate();
  const records = new Map<string, HostRecord>();
  for (const [id, entry] of rows<[string, string]>('SELECT id, entry FROM hosts')) {
    const record = { ...newHostRecord(), ...(JSON.parse(entry) as Partial<HostRecord>) };
    // Records of earlier versions lack it; they took the state from the newest tick.
    if (record.stateMs === 0) record.stateMs = record.lastSeenMs;
    records.set(id, record);
  }
  return {
    records,
    watermarks: new Map(rows<[number, number]>('SELECT partition, received_ms FROM watermarks')),
    limits: new Map(rows<[string, number]>('SELECT name, value FROM limits')),
  };
}

/**
 * After hosts.sqlite was damaged: which hosts there are and when they were seen, from the week files. Returns how many.
 * The times are those of windows, up to 2 h off; the replay and the next ticks correct the newest.
 */
export function rebuildHosts(hosts: Hosts, files: WeekFiles): number {
  const found = new Set<string>();
  for (const week of files.weeks()) {
    for (const { hostId, first, last } of files.file(week)?.spans() ?? []) {
      const phaseMs = phaseOf(hostId);
      // Starts of windows, also for the last one: never later than its newest sample, so that no silent host looks alive.
      hosts.addSeen(hostId, { firstMs: windowStart(first, phaseMs), lastMs: windowStart(last, phaseMs) });
      found.add(hostId);
    }
  }
  return found.size;
}
