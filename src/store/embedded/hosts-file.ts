// hosts.sqlite and its tables: every row with a checksum, and one that does not match it costs that row alone.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import type { Owner } from '../../runtime/directory-id.ts';
import { isMissing, openSqlite, renameDamaged, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { salvageRows } from '../../runtime/sqlite-pages.ts';
import type { SchemaStep } from '../../runtime/sqlite-schema.ts';
import { type HostRecord, newHostRecord } from '../host-record.ts';

const entrySum = (id: string, entry: string): number => crc32(entry, crc32(`${id}\u0002`));
/** Of a row of numbers: its table, then its columns. */
const numbersSum = (...columns: readonly (string | number)[]): number => crc32(columns.join('\u0002'));

/** Schema 2 has the sums. An entry of schema 1 is taken as it is when it can be read at all. */
const HOSTS_SCHEMA: readonly SchemaStep[] = [
  `CREATE TABLE hosts (id TEXT PRIMARY KEY, entry TEXT NOT NULL) WITHOUT ROWID;
   CREATE TABLE watermarks (partition INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL);
   CREATE TABLE limits (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;`,
  (db) => {
    for (const table of ['hosts', 'watermarks', 'limits']) {
      db.exec(`ALTER TABLE ${table} ADD COLUMN sum INTEGER`);
    }
    db.exec('CREATE TABLE positions (partition INTEGER PRIMARY KEY, next INTEGER NOT NULL, sum INTEGER)');
    const rows = <Row>(sql: string) => db.prepare<[], Row>(sql).raw().all();
    const file = statementsOf(db);
    for (const [id, entry] of rows<[string, string]>('SELECT id, entry FROM hosts')) {
      if (isEntry(entry)) file.putEntry(id, entry);
    }
    for (const row of rows<[number, number]>('SELECT partition, received_ms FROM watermarks')) {
      file.putWatermark(...row);
    }
    for (const row of rows<[string, number]>('SELECT name, value FROM limits')) file.putLimit(...row);
  },
];

const isEntry = (entry: string): boolean => {
  try {
    const value: unknown = JSON.parse(entry);
    return typeof value === 'object' && value !== null;
  } catch {
    return false;
  }
};

function statementsOf(db: SqliteDatabase) {
  const entry = db.prepare('INSERT OR REPLACE INTO hosts (id, entry, sum) VALUES (?, ?, ?)');
  const watermark = db.prepare(
    'INSERT OR REPLACE INTO watermarks (partition, received_ms, sum) VALUES (?, ?, ?)',
  );
  const limit = db.prepare('INSERT OR REPLACE INTO limits (name, value, sum) VALUES (?, ?, ?)');
  const position = db.prepare('INSERT OR REPLACE INTO positions (partition, next, sum) VALUES (?, ?, ?)');
  return {
    putEntry: (id: string, text: string) => void entry.run(id, text, entrySum(id, text)),
    putWatermark: (partition: number, receivedMs: number) =>
      void watermark.run(partition, receivedMs, numbersSum('watermark', partition, receivedMs)),
    putLimit: (name: string, value: number) => void limit.run(name, value, numbersSum('limit', name, value)),
    putPosition: (partition: number, next: number) =>
      void position.run(partition, next, numbersSum('position', partition, next)),
  };
}

/** Puts rows that match their checksum into the database, where they are newer than what it has. Returns how many. */
function salvageHosts(aside: string, db: SqliteDatabase): string {
  const have = readHostsFile(db);
  let rows = 0;
  const put = <Key>(
    known: Map<Key, number>,
    key: Key,
    value: number,
    write: (key: Key, value: number) => void,
  ) => {
    if (value <= (known.get(key) ?? Number.NEGATIVE_INFINITY)) return;
    known.set(key, value);
    write(key, value);
    rows++;
  };
  db.transaction(() => {
    for (const { rowid, values } of salvageRows(aside, PAGE_BYTES)) {
      const [first, second, sum] = values;
      if (values.length !== 3) continue;
      if (typeof first === 'string' && typeof second === 'string' && entrySum(first, second) === sum) {
        const record = recordOf(second);
        const known = have.records.get(first);
        if (known && !isNewer(record, known)) continue;
        have.records.set(first, record);
        have.putHost(first, record);
        rows++;
      } else if (typeof second === 'number') {
        if (numbersSum('limit', String(first), second) === sum) {
          put(have.limits, String(first), second, have.putLimit);
        } else if (rowid === undefined) continue;
        else if (numbersSum('watermark', rowid, second) === sum) {
          put(have.watermarks, rowid, second, have.putWatermark);
        } else if (numbersSum('position', rowid, second) === sum) {
          put(have.positions, rowid, second, have.putPosition);
        }
      }
    }
  })();
  return `${rows} entries were read back from it`;
}

/** SQLite's own; hosts.sqlite is opened with no other. */
const PAGE_BYTES = 4096;

/** Of two versions of an entry. Every change moves one of these times on. */
const isNewer = (a: HostRecord, b: HostRecord): boolean => newestMs(a) > newestMs(b) || a.factsMs > b.factsMs;
const newestMs = ({ lastReceivedMs, lastSeenMs, refusal }: HostRecord) =>
  Math.max(lastReceivedMs, lastSeenMs, refusal?.receivedMs ?? 0);

export type HostsFile = {
  readonly records: Map<string, HostRecord>;
  readonly watermarks: Map<number, number>;
  readonly limits: Map<string, number>;
  /** By partition, the position that the store had consumed up to when it was flushed last. */
  readonly positions: Map<number, number>;
  /** What could not be believed, in words; the rows are deleted. */
  readonly damaged: readonly string[];
  putHost(id: string, record: HostRecord): void;
  deleteHost(id: string): void;
  putWatermark(partition: number, receivedMs: number): void;
  putLimit(name: string, value: number): void;
  putPosition(partition: number, next: number): void;
};

export function openHostsFile({
  directory,
  owner,
  onDamaged,
}: {
  readonly directory: string;
  readonly owner: Owner;
  readonly onDamaged: (message: string) => void;
}): HostsFile & { readonly db: SqliteDatabase } {
  const path = join(directory, 'hosts.sqlite');
  // SQLite takes an empty file for a new one; here it is what is left of one.
  const isEmpty = existsSync(path) && isMissing(path);
  const emptied = isEmpty ? renameDamaged(path) : undefined;
  const db = openSqlite({
    ...{ path, synchronous: 'full', schema: HOSTS_SCHEMA, owner, onDamaged },
    salvage: salvageHosts,
  });
  if (emptied) onDamaged(`${path} is damaged (the file is empty); ${salvageHosts(emptied, db)}`);
  return { db, ...readHostsFile(db) };
}

function readHostsFile(db: SqliteDatabase): HostsFile {
  const damaged: string[] = [];
  const records = new Map<string, HostRecord>();
  for (const [id, entry, sum] of rowsOf(db, 'SELECT id, entry, sum FROM hosts')) {
    if (typeof id === 'string' && typeof entry === 'string' && entrySum(id, entry) === sum) {
      records.set(id, recordOf(entry));
    } else {
      damaged.push(`host ${JSON.stringify(String(id))}`);
      db.prepare('DELETE FROM hosts WHERE id IS ?').run(id);
    }
  }
  const numbers = <Key extends string | number>(
    table: string,
    what: string,
    [key, value]: [string, string],
  ) => {
    const found = new Map<Key, number>();
    for (const [name, number, sum] of rowsOf(db, `SELECT ${key}, ${value}, sum FROM ${table}`)) {
      if (numbersSum(what, name as Key, number as number) === sum) found.set(name as Key, number as number);
      else {
        damaged.push(`${what} ${String(name)}`);
        db.prepare(`DELETE FROM ${table} WHERE ${key} IS ?`).run(name);
      }
    }
    return found;
  };
  const { putEntry, ...put } = statementsOf(db);
  const deleteEntry = db.prepare('DELETE FROM hosts WHERE id = ?');
  return {
    records,
    watermarks: numbers<number>('watermarks', 'watermark', ['partition', 'received_ms']),
    limits: numbers<string>('limits', 'limit', ['name', 'value']),
    positions: numbers<number>('positions', 'position', ['partition', 'next']),
    damaged,
    putHost: (id, record) => putEntry(id, JSON.stringify(record)),
    deleteHost: (id) => void deleteEntry.run(id),
    ...put,
  };
}

const rowsOf = (db: SqliteDatabase, sql: string) =>
  db.prepare<[], [unknown, unknown, unknown]>(sql).raw().all();

function recordOf(entry: string): HostRecord {
  const record = { ...newHostRecord(), ...(JSON.parse(entry) as Partial<HostRecord>) };
  // Records of earlier versions lack it; they took the state from the newest tick.
  if (record.stateMs === 0) record.stateMs = record.lastSeenMs;
  return record;
}
