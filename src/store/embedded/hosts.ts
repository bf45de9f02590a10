// hosts.sqlite: host records, watermarks of the stream, and counters that survive restarts.
import type { Refusal } from '../../domain/tick.ts';
import type { Owner } from '../../runtime/directory-id.ts';
import { emptyLog } from '../../runtime/sqlite.ts';
import type { TickView } from '../../wire/tick-view.ts';
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
  SET_BACK_MS,
  storedHost,
} from '../host-record.ts';
import type { Consumed, StoredHost, Watermark } from '../store.ts';
import { type HostsFile, openHostsFile } from './hosts-file.ts';

/** A record of the bus: its partition, and the position after it. */
type Place = { readonly partition: number; readonly receivedMs: number; readonly next: number };

export type Hosts = {
  /** Live or backfilled. */
  addTick(tick: TickView): void;
  /** Of a live tick only. */
  addArrival(hostId: string, machineId: string, record: Place): void;
  addRefusals(refusals: readonly Refusal[], receivedMs: number): void;
  addSeen(hostId: string, seen: { readonly firstMs: number; readonly lastMs: number }): void;
  /** The record was read: the watermark of its partition, and the position after it. */
  setWatermark(record: Place): void;
  list(query: {
    readonly sinceMs: number;
    readonly hosts?: readonly string[] | undefined;
    readonly nowMs: number;
  }): StoredHost[];
  watermarks(): Watermark[];
  consumed(): ReadonlyMap<number, Consumed>;
  /** A counter that survives restarts. */
  limit(name: string): number | undefined;
  setLimit(name: string, value: number): void;
  /** Deletes hosts without a tick or a refusal since. */
  deleteBefore(timeMs: number): void;
  /** Writes what changed, with the positions that are durable; durable itself when it returns. */
  flush(positions: ReadonlyMap<number, number>): void;
  /** Writes what is in the write-ahead log back into the file. */
  emptyLog(): void;
  size(): number;
  has(hostId: string): boolean;
  /** Entries that could not be believed when the file was opened, in words. */
  readonly damaged: readonly string[];
  close(): void;
};

/** How far each partition of the stream was received and consumed, and what of it is durable. */
function createStreamPositions({ watermarks, positions: consumed, limits, ...file }: HostsFile) {
  const durableName = (partition: number) => `durable ${partition}`;
  const isNew = (partition: number, next: number): boolean => next > (consumed.get(partition) ?? 0);
  let isChanged = false;

  return {
    isNew,
    isChanged: () => isChanged,
    set({ partition, receivedMs, next }: Place) {
      const isNewMark = isNew(partition, next);
      if (isNewMark) {
        consumed.set(partition, next);
        isChanged = true;
      }
      const mark = watermarks.get(partition) ?? 0;
      // Back only where report's clock was set back: a mark in the future would hide that the stream stands still.
      if (receivedMs === mark || (receivedMs < mark && !(isNewMark && mark - receivedMs > SET_BACK_MS)))
        return;
      watermarks.set(partition, receivedMs);
      isChanged = true;
    },
    watermarks: () =>
      [...watermarks]
        .map(([partition, receivedMs]) => ({ partition, receivedMs }))
        .sort((a, b) => a.partition - b.partition),
    consumed: () =>
      new Map(
        [...consumed].map(([partition, next]) => [
          partition,
          { next, durable: limits.get(durableName(partition)) ?? 0 },
        ]),
      ),
    /** In a transaction: after its commit `written`. */
    write(durable: ReadonlyMap<number, number>) {
      if (!isChanged) return;
      for (const mark of watermarks) file.putWatermark(...mark);
      for (const position of consumed) file.putPosition(...position);
      for (const [partition, position] of durable) {
        const name = durableName(partition);
        if (position <= (limits.get(name) ?? 0)) continue;
        limits.set(name, position);
        file.putLimit(name, position);
      }
    },
    written() {
      isChanged = false;
    },
  };
}

export function openHosts(options: {
  readonly directory: string;
  readonly owner: Owner;
  readonly onDamaged: (message: string) => void;
}): Hosts {
  const { db, ...file } = openHostsFile(options);
  const { records, limits } = file;
  const positions = createStreamPositions(file);
  const changed = new Set<string>();
  const deleted = new Set<string>();

  const writeChanges = db.transaction((durable: ReadonlyMap<number, number>) => {
    for (const id of deleted) file.deleteHost(id);
    for (const id of changed) file.putHost(id, records.get(id)!);
    positions.write(durable);
  });

  /** To be changed by the caller. */
  function recordOf(hostId: string): HostRecord {
    let record = records.get(hostId);
    if (!record) {
      record = newHostRecord();
      records.set(hostId, record);
    }
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
    addArrival(hostId, machineId, { partition, receivedMs, next }) {
      addArrival(recordOf(hostId), machineId, { receivedMs, isNew: positions.isNew(partition, next) });
    },
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
    setWatermark: positions.set,
    list({ sinceMs, hosts, nowMs }) {
      const found: StoredHost[] = [];
      for (const hostId of hosts ? new Set(hosts) : records.keys()) {
        const record = records.get(hostId);
        if (record && lastKnownMs(record) >= sinceMs) found.push(storedHost(hostId, record, nowMs));
      }
      return found.sort(byHostId);
    },
    watermarks: positions.watermarks,
    consumed: positions.consumed,
    limit: (name) => limits.get(name),
    setLimit(name, value) {
      limits.set(name, value);
      file.putLimit(name, value);
    },
    deleteBefore(timeMs) {
      for (const [hostId, { lastSeenMs, refusal }] of records) {
        if (Math.max(lastSeenMs, refusal?.receivedMs ?? 0) >= timeMs) continue;
        records.delete(hostId);
        changed.delete(hostId);
        deleted.add(hostId);
      }
    },
    flush(durable) {
      if (changed.size === 0 && deleted.size === 0 && !positions.isChanged()) return;
      writeChanges(durable);
      changed.clear();
      deleted.clear();
      positions.written();
    },
    emptyLog: () => emptyLog(db),
    size: () => records.size,
    has: (hostId) => records.has(hostId),
    damaged: file.damaged,
    close: () => void db.close(),
  };
}
