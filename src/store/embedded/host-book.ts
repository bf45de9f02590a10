// What the ticks say of their hosts (facts, times, machine ids, refusals), and how far the stream was consumed.
import { join } from 'node:path';
import { compareBytes } from '../../domain/names.ts';
import type { Facts, Refusal } from '../../domain/tick.ts';
import { openSqlite } from '../../runtime/sqlite.ts';
import type { TickView } from '../../wire/tick-wire.ts';
import type { StoredHost, Watermark } from '../store.ts';

const SCHEMA = [
  `CREATE TABLE hosts (id TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE watermarks (partition INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL);
   CREATE TABLE limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`,
];

const MACHINES_WITHIN_MS = 24 * 3_600_000;
const REFUSAL_WITHIN_MS = 10 * 60_000;
const MAX_MACHINES = 16;

type Entry = {
  firstSeenMs: number;
  lastSeenMs: number;
  lastReceivedMs: number;
  intervalMs: number;
  bootId: string;
  agentVersion: string;
  machines: { machineId: string; lastReceivedMs: number }[];
  facts: Facts;
  factsMs: number;
  refusal: { receivedMs: number; reason: string; samples: number } | undefined;
};

export type HostBook = {
  /** A tick's own story; backfilled history as well. */
  see(tick: TickView): void;
  /** A live tick arrived: only those say who is alive now. */
  hear(hostId: string, machineId: string, receivedMs: number): void;
  /** A host that is only known by its chunks (the book was damaged). */
  recall(hostId: string, seen: { readonly firstMs: number; readonly lastMs: number }): void;
  refuse(refusals: readonly Refusal[], receivedMs: number): void;
  consumed(partition: number, receivedMs: number): void;
  hosts(query: {
    readonly sinceMs: number;
    readonly hosts?: readonly string[] | undefined;
    readonly nowMs: number;
  }): StoredHost[];
  watermarks(): Watermark[];
  /** A number that outlives restarts. */
  limit(name: string): number | undefined;
  setLimit(name: string, value: number): void;
  /** Hosts not seen since are forgotten. */
  forgetBefore(timeMs: number): void;
  /** Durable when it returns. Returns false when there was nothing to write. */
  flush(): boolean;
  size(): number;
  close(): void;
};

export function openHostBook(directory: string, onDamaged: (message: string) => void): HostBook {
  const path = join(directory, 'hosts.sqlite');
  const db = openSqlite({ path, synchronous: 'full', schema: SCHEMA, onDamaged });
  const entries = new Map<string, Entry>();
  const watermarks = new Map<number, number>();
  const limits = new Map<string, number>();
  const changed = new Set<string>();
  const gone = new Set<string>();
  let marksChanged = false;

  for (const [id, entry] of db.prepare<[], [string, string]>('SELECT id, entry FROM hosts').raw().iterate()) {
    entries.set(id, JSON.parse(entry) as Entry);
  }
  for (const [partition, receivedMs] of db
    .prepare<[], [number, number]>('SELECT partition, received_ms FROM watermarks')
    .raw()
    .iterate()) {
    watermarks.set(partition, receivedMs);
  }
  for (const [name, value] of db
    .prepare<[], [string, number]>('SELECT name, value FROM limits')
    .raw()
    .iterate()) {
    limits.set(name, value);
  }

  const putHost = db.prepare('INSERT OR REPLACE INTO hosts (id, entry) VALUES (?, ?)');
  const dropHost = db.prepare('DELETE FROM hosts WHERE id = ?');
  const putMark = db.prepare('INSERT OR REPLACE INTO watermarks (partition, received_ms) VALUES (?, ?)');
  const putLimit = db.prepare('INSERT OR REPLACE INTO limits (name, value) VALUES (?, ?)');
  const writeAll = db.transaction(() => {
    for (const id of gone) dropHost.run(id);
    for (const id of changed) putHost.run(id, JSON.stringify(entries.get(id)));
    if (marksChanged) for (const [partition, receivedMs] of watermarks) putMark.run(partition, receivedMs);
  });

  function entryOf(hostId: string): Entry {
    let entry = entries.get(hostId);
    if (!entry) {
      entry = {
        firstSeenMs: 0,
        lastSeenMs: 0,
        lastReceivedMs: 0,
        intervalMs: 0,
        bootId: '',
        agentVersion: '',
        machines: [],
        facts: {},
        factsMs: 0,
        refusal: undefined,
      };
      entries.set(hostId, entry);
    }
    gone.delete(hostId);
    changed.add(hostId);
    return entry;
  }

  return {
    see(tick) {
      const entry = entryOf(tick.hostId);
      if (entry.firstSeenMs === 0 || tick.timeMs < entry.firstSeenMs) entry.firstSeenMs = tick.timeMs;
      if (tick.timeMs >= entry.lastSeenMs) {
        entry.lastSeenMs = tick.timeMs;
        entry.intervalMs = tick.intervalMs;
        entry.bootId = tick.bootId;
        entry.agentVersion = tick.agentVersion;
      }
      if (tick.facts && tick.timeMs >= entry.factsMs) {
        entry.facts = tick.facts;
        entry.factsMs = tick.timeMs;
      }
    },
    hear(hostId, machineId, receivedMs) {
      const entry = entryOf(hostId);
      if (receivedMs > entry.lastReceivedMs) entry.lastReceivedMs = receivedMs;
      if (machineId !== '') hearMachine(entry, machineId, receivedMs);
    },
    recall(hostId, { firstMs, lastMs }) {
      const entry = entryOf(hostId);
      if (entry.firstSeenMs === 0 || firstMs < entry.firstSeenMs) entry.firstSeenMs = firstMs;
      entry.lastSeenMs = Math.max(entry.lastSeenMs, lastMs);
    },
    refuse(refusals, receivedMs) {
      for (const { hostId, reason, samples } of refusals) {
        const entry = entryOf(hostId);
        const before = entry.refusal;
        if (before && before.receivedMs > receivedMs) continue;
        const more = before?.receivedMs === receivedMs && before.reason === reason ? before.samples : 0;
        entry.refusal = { receivedMs, reason, samples: samples + more };
      }
    },
    consumed(partition, receivedMs) {
      if (receivedMs <= (watermarks.get(partition) ?? 0)) return;
      watermarks.set(partition, receivedMs);
      marksChanged = true;
    },
    hosts({ sinceMs, hosts, nowMs }) {
      const found: StoredHost[] = [];
      const add = (hostId: string, entry: Entry | undefined) => {
        // A host whose every tick was refused has nothing but its refusal.
        const seenMs = entry?.lastSeenMs || entry?.refusal?.receivedMs;
        if (entry && seenMs !== undefined && seenMs >= sinceMs) found.push(storedHost(hostId, entry, nowMs));
      };
      if (hosts) for (const hostId of new Set(hosts)) add(hostId, entries.get(hostId));
      else for (const [hostId, entry] of entries) add(hostId, entry);
      return found.sort((a, b) => compareBytes(a.hostId, b.hostId));
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
    forgetBefore(timeMs) {
      for (const [hostId, { lastSeenMs, refusal }] of entries) {
        if (Math.max(lastSeenMs, refusal?.receivedMs ?? 0) >= timeMs) continue;
        entries.delete(hostId);
        changed.delete(hostId);
        gone.add(hostId);
      }
    },
    flush() {
      if (changed.size === 0 && gone.size === 0 && !marksChanged) return false;
      writeAll();
      changed.clear();
      gone.clear();
      marksChanged = false;
      return true;
    },
    size: () => entries.size,
    close: () => void db.close(),
  };
}

function hearMachine(entry: Entry, machineId: string, receivedMs: number): void {
  const known = entry.machines.find((machine) => machine.machineId === machineId);
  if (known) {
    known.lastReceivedMs = Math.max(known.lastReceivedMs, receivedMs);
    return;
  }
  entry.machines.push({ machineId, lastReceivedMs: receivedMs });
  if (entry.machines.length <= MAX_MACHINES) return;
  entry.machines.sort((a, b) => b.lastReceivedMs - a.lastReceivedMs).pop();
}

function storedHost(hostId: string, entry: Entry, nowMs: number): StoredHost {
  const { factsMs: _, machines, refusal, ...rest } = entry;
  const isFresh =
    refusal !== undefined &&
    (refusal.receivedMs > entry.lastReceivedMs || nowMs - refusal.receivedMs <= REFUSAL_WITHIN_MS);
  return {
    hostId,
    ...rest,
    machines: machines
      .filter((machine) => nowMs - machine.lastReceivedMs <= MACHINES_WITHIN_MS)
      .sort((a, b) => b.lastReceivedMs - a.lastReceivedMs),
    ...(isFresh ? { refusal } : {}),
  };
}
