// One UTC week of chunks in one SQLite file: written here, opened read-only by the reader.
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { moveAside, openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { MAX_SERIES, seriesOfRow, weekFileName, windowOfRow } from './windows.ts';

const SCHEMA = [
  `CREATE TABLE series (id INTEGER PRIMARY KEY, host TEXT NOT NULL, key TEXT NOT NULL);
   CREATE TABLE chunks (id INTEGER PRIMARY KEY, data BLOB NOT NULL);`,
];
/** A file below it is being made, or brought up to date, by the writer. */
export const WEEK_SCHEMA_VERSION = SCHEMA.length;

/** Chunks of 100 to 400 bytes leave less of a large page unused. */
const PAGE_BYTES = 8192;

export type WeekFile = {
  readonly week: number;
  readonly path: string;
  /** Only inside `transaction`; a series that is new gets its number here. */
  seriesId(hostId: string, key: string): number;
  chunk(row: number): Uint8Array | undefined;
  put(row: number, data: Uint8Array): void;
  /** All or nothing, and durable when it returns. */
  transaction(work: () => void): void;
  /** Each host's first and last window. Reads the whole file. */
  spans(): { readonly hostId: string; readonly first: number; readonly last: number }[];
  close(): void;
};

/** Opens or creates the file. A damaged one is moved aside, reported through onDamaged, and replaced. */
export function openWeekFile(
  directory: string,
  week: number,
  onDamaged: (message: string) => void,
): WeekFile {
  const path = join(directory, weekFileName(week));
  // SQLite takes an empty file for a new one; here it is what is left of a week.
  if (existsSync(path) && statSync(path).size === 0) onDamaged(moveAside(path, 'the file is empty'));
  const open = () =>
    openSqlite({
      path,
      synchronous: 'full',
      schema: SCHEMA,
      pageSize: PAGE_BYTES,
      quickCheck: false,
      onDamaged,
    });
  let db = open();
  let series: Map<string, Map<string, number>>;
  try {
    series = loadSeries(db);
  } catch (error) {
    db.close();
    onDamaged(moveAside(path, messageOf(error)));
    db = open();
    series = loadSeries(db);
  }
  return weekFileOf(db, { week, path, series });
}

function loadSeries(db: SqliteDatabase): Map<string, Map<string, number>> {
  const series = new Map<string, Map<string, number>>();
  const rows = db.prepare<[], [number, string, string]>('SELECT id, host, key FROM series').raw().iterate();
  for (const [id, host, key] of rows) keysOf(series, host).set(key, id);
  // Goes down to the last leaf of the chunks; a file cut short shows here and not in the middle of a query.
  db.prepare('SELECT max(id) FROM chunks').get();
  return series;
}

function keysOf(series: Map<string, Map<string, number>>, host: string): Map<string, number> {
  let keys = series.get(host);
  if (!keys) {
    keys = new Map();
    series.set(host, keys);
  }
  return keys;
}

function weekFileOf(
  db: SqliteDatabase,
  file: { week: number; path: string; series: Map<string, Map<string, number>> },
): WeekFile {
  const { series } = file;
  const addSeries = db.prepare<[string, string]>('INSERT INTO series (host, key) VALUES (?, ?)');
  const getChunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE id = ?').pluck();
  const putChunk = db.prepare<[number, Uint8Array]>('INSERT OR REPLACE INTO chunks (id, data) VALUES (?, ?)');
  let added: [string, string][] = [];

  return {
    week: file.week,
    path: file.path,
    seriesId(hostId, key) {
      const keys = keysOf(series, hostId);
      let id = keys.get(key);
      if (id === undefined) {
        id = Number(addSeries.run(hostId, key).lastInsertRowid);
        if (id >= MAX_SERIES) throw new Error(`${file.path} has ${MAX_SERIES} series, the limit of a week`);
        keys.set(key, id);
        added.push([hostId, key]);
      }
      return id;
    },
    chunk: (row) => getChunk.get(row),
    put: (row, data) => void putChunk.run(row, data),
    transaction(work) {
      added = [];
      try {
        db.transaction(work)();
      } catch (error) {
        // The numbers went with the transaction.
        for (const [host, key] of added) series.get(host)?.delete(key);
        throw error;
      }
    },
    spans() {
      const hostOf = new Map<number, string>();
      for (const [hostId, keys] of series) for (const id of keys.values()) hostOf.set(id, hostId);
      const found = new Map<string, { hostId: string; first: number; last: number }>();
      for (const row of db.prepare<[], number>('SELECT id FROM chunks').pluck().iterate()) {
        const hostId = hostOf.get(seriesOfRow(row));
        if (hostId === undefined) continue;
        const window = windowOfRow(row, file.week);
        const span = found.get(hostId);
        if (!span) found.set(hostId, { hostId, first: window, last: window });
        else {
          span.first = Math.min(span.first, window);
          span.last = Math.max(span.last, window);
        }
      }
      return [...found.values()];
    },
    close: () => void db.close(),
  };
}

/** Bytes on disk, the write-ahead log included. */
export const weekFileBytes = (path: string): number =>
  ['', '-wal'].reduce((sum, end) => sum + (statSync(path + end, { throwIfNoEntry: false })?.size ?? 0), 0);

export function removeWeekFile(path: string): void {
  for (const end of ['', '-wal', '-shm']) rmSync(path + end, { force: true });
}
