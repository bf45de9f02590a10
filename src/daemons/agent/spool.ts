// The spool (write-ahead buffer) of ticks: on disk before they are sent, deleted when report has acknowledged them.
import {
  type DropReason,
  openSpoolFile,
  type Row,
  rowOf,
  type SpooledTick,
  type SpoolFile,
  type SpoolFileOptions,
  sumOf,
  type Totals,
} from './spool-file.ts';

export type Spool = {
  /** Durable when it returns, unless {@link unhealthy} says that the disk cannot be written. */
  put(tick: Omit<SpooledTick, 'id'>): void;
  /** The newest ticks first, at least one if there is any, within the limits. */
  newest(limits: {
    readonly samples: number;
    readonly bytes: number;
    /** Ids that are left out. */
    readonly except?: ReadonlySet<number>;
  }): readonly SpooledTick[];
  remove(ticks: readonly SpooledTick[]): void;
  /** Drops what is too old to be taken; looks once a minute however often it is called. */
  prune(nowMs: number): void;
  queued(): { readonly ticks: number; readonly samples: number };
  unhealthy(): string | undefined;
  close(): void;
};

export type SpoolOptions = SpoolFileOptions & { readonly maxBytes: number; readonly maxAgeMs: number };

const DROPPED_AT_ONCE = 20;
const PRUNE_EVERY_MS = 60_000;
/** A backlog that is sent away is removed in batches, not a tick a minute. */
const REMOVED_AT_ONCE = 50;
/** Ticks held in memory while the disk cannot be written: an hour at 60 s. */
const HELD = 60;

export function createSpool(options: SpoolOptions): Spool {
  const { maxBytes, maxAgeMs, onDropped } = options;
  const disk = openSpoolFile(options);
  const { acknowledged } = disk;
  const held = createHeldTicks(onDropped);
  let prunedMs = Number.NEGATIVE_INFINITY;

  function removeAcknowledged(file: SpoolFile) {
    file.remove(acknowledged);
    acknowledged.clear();
  }

  function drop(file: SpoolFile, { reason, rows }: { reason: DropReason; rows: readonly Row[] }) {
    const given = rows.filter((row) => !acknowledged.delete(row.id));
    count(file.totals, given, -1);
    // First: a kill in between must not look like a loss.
    disk.keepEnd();
    file.remove(rows.map((row) => row.id));
    if (given.length > 0) onDropped({ reason, ticks: given.length, samples: samplesOf(given) });
  }

  function shrink(file: SpoolFile) {
    while (file.totals.bytes > maxBytes && file.totals.ticks > 1) {
      const oldest = file.oldest.all(DROPPED_AT_ONCE) as Row[];
      drop(file, { reason: 'size', rows: oldest.slice(0, file.totals.ticks - 1) });
    }
  }

  return {
    put(tick) {
      const done = disk.use((file) => {
        file.replace(acknowledged, tick);
        acknowledged.clear();
        return true;
      });
      if (!done) return held.add(tick);
      count(disk.totals(), [{ samples: tick.samples, size: tick.bytes.length }], 1);
      disk.keepEnd();
      if (disk.totals().bytes > maxBytes) disk.use(shrink);
    },
    newest(limits) {
      const found: SpooledTick[] = [];
      const left = { ...limits };
      const fits = (tick: SpooledTick) => {
        if (limits.except?.has(tick.id)) return true;
        left.samples -= tick.samples;
        left.bytes -= tick.bytes.length;
        if (found.length > 0 && (left.samples < 0 || left.bytes < 0)) return false;
        return found.push(tick) > 0;
      };
      if (!held.newestFirst().every(fits)) return found;
      disk.use((file) => {
        const damaged: Row[] = [];
        for (const row of file.newest.iterate() as Iterable<SpooledTick & { sum: number | null }>) {
          if (acknowledged.has(row.id)) continue;
          const { id, timeMs, samples, bytes, sum } = row;
          if (sum !== sumOf(id, timeMs, samples, bytes)) damaged.push(rowOf(row));
          else if (!fits({ id, timeMs, samples, bytes })) break;
        }
        if (damaged.length > 0) drop(file, { reason: 'damaged', rows: damaged });
      });
      return found;
    },
    remove(ticks) {
      held.remove(ticks);
      const rows = ticks.filter((tick) => tick.id > 0).map(rowOf);
      if (rows.length === 0) return;
      // First, so that they are not counted as lost too should the file prove damaged.
      count(disk.totals(), rows, -1);
      disk.keepEnd();
      for (const row of rows) acknowledged.add(row.id);
      if (acknowledged.size >= REMOVED_AT_ONCE) disk.use(removeAcknowledged);
    },
    prune(nowMs) {
      if (Math.abs(nowMs - prunedMs) < PRUNE_EVERY_MS) return;
      prunedMs = nowMs;
      disk.use((file) => {
        for (;;) {
          const rows = file.olderThan.all(nowMs - maxAgeMs, DROPPED_AT_ONCE) as Row[];
          if (rows.length === 0) return;
          drop(file, { reason: 'age', rows });
        }
      });
    },
    queued: () => ({
      ticks: disk.totals().ticks + held.ticks(),
      samples: disk.totals().samples + held.samples(),
    }),
    unhealthy: disk.lastError,
    close() {
      if (disk.isOpen() && acknowledged.size > 0) disk.use(removeAcknowledged);
      disk.close();
    },
  };
}

/** The newest ticks in memory, while the disk cannot be written; their ids are negative. */
function createHeldTicks(onDropped: SpoolOptions['onDropped']) {
  let ticks: SpooledTick[] = [];
  let lastId = 0;
  return {
    add(tick: Omit<SpooledTick, 'id'>) {
      lastId -= 1;
      ticks.push({ ...tick, id: lastId });
      const over = ticks.length > HELD ? ticks.shift() : undefined;
      if (over) onDropped({ reason: 'memory', ticks: 1, samples: over.samples });
    },
    newestFirst: (): readonly SpooledTick[] => ticks.toReversed(),
    remove(gone: readonly SpooledTick[]) {
      ticks = ticks.filter((one) => !gone.some((tick) => tick.id === one.id));
    },
    ticks: () => ticks.length,
    samples: () => samplesOf(ticks),
  };
}

const samplesOf = (rows: readonly { samples: number }[]) => rows.reduce((sum, row) => sum + row.samples, 0);

function count(totals: Totals, rows: readonly { samples: number; size: number }[], sign: 1 | -1) {
  totals.ticks += sign * rows.length;
  totals.samples += sign * samplesOf(rows);
  totals.bytes += sign * rows.reduce((sum, row) => sum + row.size, 0);
}
