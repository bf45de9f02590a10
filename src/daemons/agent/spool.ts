// Ticks on their way to report: on disk before they are sent, gone when they are acknowledged.
import { dirname } from 'node:path';
import { crc32 } from 'node:zlib';
import { messageOf } from '../../domain/errors.ts';
import { directoryId, type Owner } from '../../runtime/directory-id.ts';
import { makeDataDirectory } from '../../runtime/directory-lock.ts';
import { openEndMark } from '../../runtime/end-mark.ts';
import { openSqlite, renameDamaged, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { isDamage } from '../../runtime/sqlite-damage.ts';
import { salvageRows } from '../../runtime/sqlite-pages.ts';

export type SpooledTick = {
  readonly id: number;
  readonly timeMs: number;
  readonly samples: number;
  /** A Tick in protobuf. */
  readonly bytes: Uint8Array;
};

export type DropReason = 'age' | 'size' | 'damaged' | 'memory';

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

export type SpoolOptions = {
  readonly path: string;
  readonly maxBytes: number;
  readonly maxAgeMs: number;
  /** Called with every tick that is dropped, oldest first. */
  readonly onDropped: (dropped: { reason: DropReason; ticks: number; samples: number }) => void;
  readonly onDamaged: (message: string) => void;
};

const SCHEMA = [
  `CREATE TABLE ticks (
     id INTEGER PRIMARY KEY AUTOINCREMENT, time_ms INTEGER NOT NULL, samples INTEGER NOT NULL, bytes BLOB NOT NULL
   ) STRICT;
   CREATE INDEX ticks_by_time ON ticks (time_ms, id);`,
  'ALTER TABLE ticks ADD COLUMN sum INTEGER; UPDATE ticks SET sum = tick_sum(id, time_ms, samples, bytes)',
];
/** Over what a tick is and where it stands. */
function sumOf(id: number, timeMs: number, samples: number, bytes: Uint8Array): number {
  const place = new Float64Array([id, timeMs, samples]);
  return crc32(bytes, crc32(new Uint8Array(place.buffer)));
}
const PAGE_BYTES = 4096;
/** What is in the write-ahead log alone is lost with one bit of it. */
const CHECKPOINT_PAGES = 32;
const DROPPED_AT_ONCE = 20;
const PRUNE_EVERY_MS = 60_000;
/** A backlog that is sent away is removed in batches, not a tick a minute. */
const REMOVED_AT_ONCE = 50;
/** Ticks held in memory while the disk cannot be written: an hour at 60 s. */
const HELD = 60;

type Totals = { ticks: number; samples: number; bytes: number };

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

type SpoolFile = ReturnType<typeof openFile>;

/** What of it is not what was written is dropped. */
function openFile({ path, onDamaged }: SpoolOptions, owner: Owner) {
  const db = openSqlite({
    path,
    synchronous: 'full',
    schema: SCHEMA,
    owner,
    pageSize: PAGE_BYTES,
    functions: { tick_sum: sumOf as (...values: unknown[]) => unknown },
    onDamaged,
    salvage,
    check(opened) {
      // Opening checks no index against its table, and a tick that is not in it would never be sent.
      opened.exec('REINDEX');
      const bad = 'DELETE FROM ticks WHERE sum IS NOT tick_sum(id, time_ms, samples, bytes)';
      const { changes } = opened.prepare(bad).run();
      if (changes > 0) onDamaged(`${path}: ${changes} ticks are damaged and were dropped`);
    },
  });
  db.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`);
  return { db, ...statementsOf(db), totals: totalsOf(db) };
}

/** Ticks whose checksum fits; some may have been acknowledged before, and are sent once more. */
function salvage(aside: string, db: SqliteDatabase): string {
  const insert = db.prepare('INSERT OR IGNORE INTO ticks VALUES (?, ?, ?, ?, ?)');
  let found = 0;
  db.transaction(() => {
    for (const { rowid: id, values } of salvageRows(aside, PAGE_BYTES)) {
      const [, timeMs, samples, bytes, sum] = values;
      if (id === undefined || typeof timeMs !== 'number' || typeof samples !== 'number') continue;
      if (!(bytes instanceof Uint8Array) || sum !== sumOf(id, timeMs, samples, bytes)) continue;
      found += insert.run(id, timeMs, samples, bytes, sum).changes;
    }
  })();
  return `${found} ticks were read back from ${aside}`;
}

/** The file that survives: opened again after the disk failed, replaced when it is damaged. */
function openSpoolFile(options: SpoolOptions) {
  const { path, onDropped, onDamaged } = options;
  const mark = openEndMark(`${path.replace(/\.sqlite$/, '')}.end`, onDamaged);
  makeDataDirectory(dirname(path));
  const owner = directoryId(dirname(path), onDamaged);
  let file = openFile(options, owner);
  let lastError: string | undefined;
  // Acknowledged and still on disk: they go with the next tick's commit, since each commit of its own is an fsync. After
  // a crash they are sent once more, which changes nothing.
  const acknowledged = new Set<number>();
  const [lastId = 0, ticks = 0, samples = 0] = mark.found ?? [];
  dropMissing({ lastId, ticks, samples });
  keepEnd();

  /** Never more than there are: the file is ahead of the mark, by one tick or by those acknowledged. */
  function dropMissing(were: { readonly lastId: number; readonly ticks: number; readonly samples: number }) {
    // An older copy may have as many, of which all are acknowledged.
    const newer = Math.min(were.ticks, were.lastId - file.lastId());
    const ticks = Math.max(were.ticks - file.totals.ticks, newer);
    if (ticks <= 0) return;
    onDamaged(`${path}: ${ticks} of ${were.ticks} ticks in the spool are lost`);
    onDropped({ reason: 'damaged', ticks, samples: Math.round((were.samples * ticks) / were.ticks) });
  }

  function keepEnd() {
    mark.keep([file.lastId(), file.totals.ticks, file.totals.samples]);
  }

  /** What cannot be read back of it is lost and counted. */
  function replace(why: string) {
    const were = { ...file.totals, lastId: file.lastId() };
    file.db.close();
    file.totals = { ticks: 0, samples: 0, bytes: 0 };
    acknowledged.clear();
    const aside = renameDamaged(path);
    file = openFile(options, owner);
    onDamaged(`${path} is damaged (${why}); it was moved to ${aside}. ${salvage(aside, file.db)}`);
    file.totals = totalsOf(file.db);
    dropMissing(were);
    keepEnd();
  }

  return {
    acknowledged,
    keepEnd,
    totals: () => file.totals,
    /** Why the last work failed. */
    lastError: () => lastError,
    isOpen: () => file.db.open,
    /** Undefined when the disk failed; a damaged file is replaced and the work done again on the new one. */
    use<T>(work: (file: SpoolFile) => T): T | undefined {
      for (let attempt = 1; ; attempt++) {
        try {
          if (!file.db.open) file = openFile(options, owner);
          const result = work(file);
          lastError = undefined;
          return result;
        } catch (error) {
          lastError = `the spool ${path} cannot be written: ${messageOf(error)}`;
          if (!isDamage(error) || attempt > 1) return undefined;
          try {
            replace(messageOf(error));
          } catch {
            // The disk takes not even a rename; the file is opened again before the next work.
            return undefined;
          }
        }
      }
    },
    close() {
      file.db.close();
      mark.close();
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

type Row = { readonly id: number; readonly samples: number; readonly size: number };

const rowOf = ({ id, samples, bytes }: SpooledTick): Row => ({ id, samples, size: bytes.length });
const samplesOf = (rows: readonly { samples: number }[]) => rows.reduce((sum, row) => sum + row.samples, 0);

function count(totals: Totals, rows: readonly { samples: number; size: number }[], sign: 1 | -1) {
  totals.ticks += sign * rows.length;
  totals.samples += sign * samplesOf(rows);
  totals.bytes += sign * rows.reduce((sum, row) => sum + row.size, 0);
}

function statementsOf(db: SqliteDatabase) {
  const row = 'SELECT id, samples, length(bytes) AS size FROM ticks';
  const removeOne = db.prepare('DELETE FROM ticks WHERE id = ?');
  const insert = db.prepare('INSERT INTO ticks VALUES (?, ?, ?, ?, ?)');
  // The table's own memory of it, which outlives its rows: an id is never used again.
  let lastId =
    (db.prepare("SELECT seq FROM sqlite_sequence WHERE name = 'ticks'").pluck().get() as number) ?? 0;
  const remove = db.transaction((ids: Iterable<number>) => {
    for (const id of ids) removeOne.run(id);
  });
  return {
    remove,
    lastId: () => lastId,
    /** One commit for what goes and what comes. */
    replace: db.transaction((gone: Iterable<number>, tick: Omit<SpooledTick, 'id'>) => {
      remove(gone);
      const id = lastId + 1;
      insert.run(id, tick.timeMs, tick.samples, tick.bytes, sumOf(id, tick.timeMs, tick.samples, tick.bytes));
      lastId = id;
    }),
    newest: db.prepare(
      'SELECT id, time_ms AS timeMs, samples, bytes, sum FROM ticks ORDER BY time_ms DESC, id DESC',
    ),
    oldest: db.prepare(`${row} ORDER BY time_ms, id LIMIT ?`),
    olderThan: db.prepare(`${row} WHERE time_ms < ? ORDER BY time_ms, id LIMIT ?`),
  };
}

function totalsOf(db: SqliteDatabase): Totals {
  const sums =
    'SELECT count(*) AS ticks, coalesce(sum(samples), 0) AS samples, coalesce(sum(length(bytes)), 0) AS bytes';
  return { ...(db.prepare(`${sums} FROM ticks`).get() as Totals) };
}
