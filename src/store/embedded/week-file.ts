// One UTC week of chunks in one SQLite file: written here, opened read-only by the reader.
import { rmSync, statSync } from 'node:fs';
import type { Owner } from '../../runtime/directory-id.ts';
import { emptyLog, openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { damage } from '../../runtime/sqlite-damage.ts';
import { hostIdentity, seriesIdentity, seriesRowSum, unitSum, windowIdentity } from './codec/identity.ts';
import { oldThrough, PAGE_BYTES, seriesReader, weekSchema } from './week-schema.ts';
import { chunkRow, MAX_SERIES, phaseOf, seriesOfRow, windowOfRow, windowStart } from './windows.ts';

export type WeekFile = {
  readonly week: number;
  readonly path: string;
  /** Only inside `transaction`; a series that is new gets its number here. */
  seriesId(hostId: string, key: string): number;
  chunk(row: number): Uint8Array | undefined;
  put(row: number, data: Uint8Array): void;
  /** Whether the row may hold a chunk of schema 1, whose checksum is a shorter one. */
  mayBeOld(row: number): boolean;
  /** Only inside `transaction`: so many rows were added for the host's window. */
  countChunks(hostId: string, window: number, added: number): void;
  /** Writes what was committed since the last time from the log into the file. */
  emptyLog(): void;
  /** All or nothing, and durable when it returns. */
  transaction(work: () => void): void;
  /** Only inside `transaction`: writes down how many rows the host's window has. */
  recountChunks(hostId: string, window: number): void;
  /** Every series that can be read: by host the ids of its keys. */
  series(): ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** How many chunks it should have: what the numbers of chunks add up to. */
  rows(): number;
  /** The first row at or after one, of a chunk or of a number of chunks. */
  nextRow(from: number): number | undefined;
  /** Chunks and their numbers in `[from, to)`, as they are. */
  chunks(from: number, to: number): readonly (readonly [row: number, data: Uint8Array])[];
  units(from: number, to: number): readonly (readonly [row: number, chunks: number, sum: number])[];
  /** Each host's first and last window. Reads the whole file. */
  spans(): { readonly hostId: string; readonly first: number; readonly last: number }[];
  close(): void;
};

/** Opens or creates the file. Throws damage (see isDamage), leaving the file as it is. */
export function openWeekFile(file: {
  readonly path: string;
  readonly week: number;
  readonly owner: Owner;
  readonly warn: (message: string) => void;
}): WeekFile {
  const { path, week, owner } = file;
  // SQLite takes an empty file for a new one; here it is what is left of a week.
  if (statSync(path, { throwIfNoEntry: false })?.size === 0) throw damage('the file is empty');
  const db = openSqlite({
    ...{ path, synchronous: 'full', schema: weekSchema(week), owner, pageSize: PAGE_BYTES },
    ...{ quickCheck: false, throwDamage: true },
  });
  try {
    return weekFileOf(db, { week, path, series: loadSeries(db, file) });
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Ids by host and key, a host's in ascending order; `highest` is the last one that was given out. */
type SeriesIds = { readonly byHost: Map<string, Map<string, number>>; highest: number };

/** An id far past those of whole rows is damage, and must not use up the numbers. */
const MAX_ID_GAP = 100_000;

function loadSeries(
  db: SqliteDatabase,
  file: { readonly week: number; readonly path: string; readonly warn: (message: string) => void },
): SeriesIds {
  const byHost = new Map<string, Map<string, number>>();
  const damagedIds: number[] = [];
  let highest = 0;
  for (const { id, host, key } of seriesReader(db, file.week)(-1, (damaged) => damagedIds.push(damaged))) {
    keysOf(byHost, host).set(key, id);
    highest = id;
  }
  const whole = highest;
  for (const id of damagedIds) if (id <= whole + MAX_ID_GAP) highest = Math.max(highest, id);
  if (damagedIds.length > 0) {
    file.warn(`${damagedIds.length} series of ${file.path} are damaged: their samples cannot be read`);
  }
  // Goes down to the last leaf of the chunks; a file cut short shows here and not in the middle of a query.
  db.prepare('SELECT max(id) FROM chunks').get();
  return { byHost, highest };
}

function keysOf(series: Map<string, Map<string, number>>, host: string): Map<string, number> {
  let keys = series.get(host);
  if (!keys) {
    keys = new Map();
    series.set(host, keys);
  }
  return keys;
}

/** How many chunks each host's window has: written down, so that one that is gone is missed. */
function createUnits(
  db: SqliteDatabase,
  file: {
    readonly byHost: SeriesIds['byHost'];
    /** Of rows up to here there may be no number. */
    readonly oldRows: number;
    hasChunk(row: number): boolean;
  },
) {
  const { byHost, oldRows } = file;
  const get = db.prepare<[number], [number, number]>('SELECT chunks, sum FROM units WHERE id = ?').raw();
  const put = db.prepare<[number, number, number]>(
    'INSERT OR REPLACE INTO units (id, chunks, sum) VALUES (?, ?, ?)',
  );
  const some = db
    .prepare<[number, number], [number, number, number]>(
      'SELECT id, chunks, sum FROM units WHERE id >= ? AND id < ?',
    )
    .raw();
  const all = db.prepare<[], number | null>('SELECT sum(chunks) FROM units').pluck();

  /** Where the number stands: by the row of the host's first series. */
  function unitOf(hostId: string, window: number) {
    const phaseMs = phaseOf(hostId);
    const ids = [...keysOf(byHost, hostId).values()];
    return {
      ids,
      row: chunkRow(ids[0]!, window, phaseMs),
      identity: windowIdentity(hostIdentity(hostId), windowStart(window, phaseMs)),
    };
  }
  const rowsOf = (ids: readonly number[], unit: number) =>
    ids.filter((id) => file.hasChunk(unit - seriesOfRow(unit) + id)).length;

  return {
    total: (): number => all.get() ?? 0,
    range: (from: number, to: number) => some.all(from, to),
    count(hostId: string, window: number, count: number): void {
      if (count === 0) return;
      const { row, ids, identity } = unitOf(hostId, window);
      const [known, sum] = get.get(row) ?? [0, undefined];
      const isKnown = sum === undefined ? row > oldRows : unitSum(identity, known) === sum;
      // Damaged, or from before there were any: counted again.
      const chunks = isKnown ? known + count : rowsOf(ids, row);
      put.run(row, chunks, unitSum(identity, chunks));
    },
    recount(hostId: string, window: number): void {
      const { row, ids, identity } = unitOf(hostId, window);
      const chunks = rowsOf(ids, row);
      put.run(row, chunks, unitSum(identity, chunks));
    },
  };
}

function weekFileOf(
  db: SqliteDatabase,
  file: { readonly week: number; readonly path: string; readonly series: SeriesIds },
): WeekFile {
  const { series } = file;
  const { byHost } = series;
  const addSeries = db.prepare<[number, string, string, number]>(
    'INSERT INTO series (id, host, key, sum) VALUES (?, ?, ?, ?)',
  );
  const getChunk = db.prepare<[number], Buffer>('SELECT data FROM chunks WHERE id = ?').pluck();
  const putChunk = db.prepare<[number, Uint8Array]>('INSERT OR REPLACE INTO chunks (id, data) VALUES (?, ?)');
  const oldRows = oldThrough(db);
  const units = createUnits(db, { byHost, oldRows, hasChunk: (row) => getChunk.get(row) !== undefined });
  const nextRow = db
    .prepare<[number, number], number | null>(
      `SELECT min(id) FROM (SELECT min(id) AS id FROM chunks WHERE id >= ?
       UNION ALL SELECT min(id) FROM units WHERE id >= ?)`,
    )
    .pluck();
  const someChunks = db
    .prepare<[number, number], [number, Buffer]>('SELECT id, data FROM chunks WHERE id >= ? AND id < ?')
    .raw();
  let added: [string, string][] = [];
  // The migration, too.
  let hasLog = true;

  return {
    week: file.week,
    path: file.path,
    seriesId(hostId, key) {
      const keys = keysOf(byHost, hostId);
      let id = keys.get(key);
      if (id === undefined) {
        id = series.highest + 1;
        if (id >= MAX_SERIES) throw new Error(`${file.path} has ${MAX_SERIES} series, the limit of a week`);
        addSeries.run(
          id,
          hostId,
          key,
          seriesRowSum(seriesIdentity(hostIdentity(hostId), key), id, file.week),
        );
        series.highest = id;
        keys.set(ownText(key), id);
        added.push([hostId, key]);
      }
      return id;
    },
    chunk: (row) => getChunk.get(row),
    put: (row, data) => void putChunk.run(row, data),
    mayBeOld: (row) => row <= oldRows,
    countChunks: units.count,
    recountChunks: units.recount,
    emptyLog() {
      if (!hasLog) return;
      emptyLog(db);
      hasLog = false;
    },
    transaction(work) {
      hasLog = true;
      const { highest } = series;
      try {
        db.transaction(work)();
      } catch (error) {
        // The numbers went with the transaction.
        for (const [host, key] of added) byHost.get(host)?.delete(key);
        series.highest = highest;
        throw error;
      } finally {
        added = [];
      }
    },
    series: () => byHost,
    rows: units.total,
    nextRow: (from) => nextRow.get(from, from) ?? undefined,
    chunks: (from, to) => someChunks.all(from, to),
    units: units.range,
    spans() {
      const hostOf = new Map<number, string>();
      for (const [hostId, keys] of byHost) for (const id of keys.values()) hostOf.set(id, hostId);
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

/** In memory of its own, since it is kept for long: a text that was cut out of another or put together of several keeps them all. */
function ownText(text: string): string {
  const own = Buffer.from(text).toString();
  // No UTF-8 can say half of a pair.
  return own === text ? own : text;
}
