// The tables of a week's file, and how files of earlier versions are brought up to date.
import type { SqliteDatabase } from '../../runtime/sqlite.ts';
import type { SchemaStep } from '../../runtime/sqlite-schema.ts';
import { hostIdentity, seriesIdentity, seriesRowSum } from './codec/identity.ts';

/** Chunks of 100 to 400 bytes leave less of a large page unused. */
export const PAGE_BYTES = 8192;

/**
 * Schema 2: `sum` of a series is its checksum, and `units` says how many chunks a host has in a window, with a checksum,
 * so that a chunk that is gone is missed; its id is that of the chunk of the host's first series there. Chunks up to
 * `old.through` may be of schema 1.
 */
export const weekSchema = (week: number): readonly SchemaStep[] => [
  `CREATE TABLE series (id INTEGER PRIMARY KEY, host TEXT NOT NULL, key TEXT NOT NULL);
   CREATE TABLE chunks (id INTEGER PRIMARY KEY, data BLOB NOT NULL);`,
  (db) => {
    db.exec(
      `ALTER TABLE series ADD COLUMN sum INTEGER;
       CREATE TABLE units (id INTEGER PRIMARY KEY, chunks INTEGER NOT NULL, sum INTEGER NOT NULL);
       CREATE TABLE old (through INTEGER NOT NULL);
       INSERT INTO old SELECT coalesce(max(id), -1) FROM chunks;`,
    );
    addSums(db, week);
  },
];

/** A file below it is being made, or brought up to date, by the writer. */
export const WEEK_SCHEMA_VERSION = weekSchema(0).length;

/** What a file of schema 1 says of its series is taken as it is: nothing there could tell. */
function addSums(db: SqliteDatabase, week: number): void {
  const rows = db.prepare<[], [number, string, string]>('SELECT id, host, key FROM series').raw().all();
  const put = db.prepare<[number, number]>('UPDATE series SET sum = ? WHERE id = ?');
  for (const [id, host, key] of rows) {
    put.run(seriesRowSum(seriesIdentity(hostIdentity(host), key), id, week), id);
  }
}

export type SeriesRow = {
  readonly id: number;
  readonly host: string;
  readonly key: string;
  /** As seriesIdentity says. */
  readonly identity: number;
};

const SELECT_SERIES = 'SELECT id, host, key, sum FROM series WHERE id > ? ORDER BY id';

/** Reads the series above an id; those that do not match their checksum are passed to `onDamaged` and left out. */
export function seriesReader(
  db: SqliteDatabase,
  week: number,
): (above: number, onDamaged: (id: number, host: unknown) => void) => Iterable<SeriesRow> {
  const select = db.prepare<[number], [number, unknown, unknown, unknown]>(SELECT_SERIES).raw();
  return function* read(above, onDamaged) {
    for (const [id, host, key, sum] of select.iterate(above)) {
      const identity =
        typeof host === 'string' && typeof key === 'string'
          ? seriesIdentity(hostIdentity(host), key)
          : undefined;
      if (identity !== undefined && seriesRowSum(identity, id, week) === sum) {
        yield { id, host: host as string, key: key as string, identity };
      } else onDamaged(id, host);
    }
  };
}

/** The last row that may hold a chunk of schema 1; -1 when there is none. */
export const oldThrough = (db: SqliteDatabase): number =>
  Number(db.prepare('SELECT max(through) FROM old').pluck().get() ?? -1);
