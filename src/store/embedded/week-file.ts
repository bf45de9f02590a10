// One UTC week of chunks in one SQLite file: written here, opened read-only by the reader.
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { messageOf } from '../../domain/errors.ts';
import { moveAside, openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { weekFileName } from './windows.ts';

const SCHEMA = [
  `CREATE TABLE series (id INTEGER PRIMARY KEY, host TEXT NOT NULL, key TEXT NOT NULL);
   CREATE TABLE chunks (id INTEGER PRIMARY KEY, data BLOB NOT NULL);`,
];

export type WeekFile = {
  readonly week: number;
  readonly path: string;
  /** Only inside `transaction`; a series that is new gets its number here. */
  seriesId(hostId: string, key: string): number;
  chunk(row: number): Uint8Array | undefined;
  put(row: number, data: Uint8Array): void;
  /** All or nothing, and durable when it returns. */
  transaction(work: () => void): void;
  /** Each host's first and last chunk, by rows of one of its series each. */
  spans(): { readonly hostId: string; readonly first: number; readonly last: number }[];
  close(): void;
};

/** Opens or makes the file. A damaged one is moved aside, told through onDamaged, and a new one begun. */
export function openWeekFile(
  directory: string,
  week: number,
  onDamaged: (message: string) => void,
): WeekFile {
  const path = join(directory, weekFileName(week));
  // SQLite takes an empty file for a new one; here it is what is left of a week.
  if (existsSync(path) && statSync(path).size === 0) onDamaged(moveAside(path, 'the file is empty'));
  const open = () => openSqlite({ path, synchronous: 'full', schema: SCHEMA, quickCheck: false, onDamaged });
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
      const span = db
        .prepare<[number, number], [number | null, number | null]>(
          'SELECT min(id) % 1024, max(id) % 1024 FROM chunks WHERE id BETWEEN ? AND ?',
        )
        .raw();
      return [...series].flatMap(([hostId, keys]) => {
        let first = Number.POSITIVE_INFINITY;
        let last = Number.NEGATIVE_INFINITY;
        for (const id of keys.values()) {
          const [from, to] = span.get(id * 1024, id * 1024 + 1023) ?? [null, null];
          if (from !== null && from < first) first = from;
          if (to !== null && to > last) last = to;
        }
        return first <= last ? [{ hostId, first, last }] : [];
      });
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
