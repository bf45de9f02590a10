// The spool on disk: each tick with a checksum; opened again after the disk failed, replaced when it is damaged.
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

export type SpoolFileOptions = {
  readonly path: string;
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
export function sumOf(id: number, timeMs: number, samples: number, bytes: Uint8Array): number {
  const place = new Float64Array([id, timeMs, samples]);
  return crc32(bytes, crc32(new Uint8Array(place.buffer)));
}
const PAGE_BYTES = 4096;
/** What is in the write-ahead log alone is lost with one bit of it. */
const CHECKPOINT_PAGES = 32;

export type Totals = { ticks: number; samples: number; bytes: number };

export type Row = { readonly id: number; readonly samples: number; readonly size: number };

export const rowOf = ({ id, samples, bytes }: SpooledTick): Row => ({ id, samples, size: bytes.length });

export type SpoolFile = ReturnType<typeof openFile>;

/** What of it is not what was written is dropped. */
function openFile({ path, onDamaged }: SpoolFileOptions, owner: Owner) {
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

export function openSpoolFile(options: SpoolFileOptions) {
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
