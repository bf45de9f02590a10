// The records of the embedded bus in one SQLite table: every partition in its own range of ids, appended and trimmed,
// each with a checksum over what it is and where it stands.
import { existsSync, statSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import type { Owner } from '../../runtime/directory-id.ts';
import { openSqlite, type SqliteDatabase } from '../../runtime/sqlite.ts';
import { type PageRow, salvageRows } from '../../runtime/sqlite-pages.ts';
import { DAMAGED_SCHEMA } from '../bus.ts';

export type LogMessage = {
  readonly partition: number;
  readonly receivedMs: number;
  readonly bytes: Uint8Array;
};
export type LogRecord = LogMessage & { readonly offset: number; readonly schema: number };

/** Of one partition: `from` included, `to` not. */
export type RecordRange = { readonly partition: number; readonly from: number; readonly to: number };

export type RecordTable = {
  /** Offsets of a partition's oldest and newest record. */
  bounds(partition: number): { readonly first: number | undefined; readonly last: number | undefined };
  /** In one transaction: all of them or none. */
  append(records: readonly LogRecord[]): void;
  /**
   * In offset order, at most maxBytes of them but at least one if there is any. They end before an offset that is
   * missing; one whose checksum does not fit has DAMAGED_SCHEMA and 0 for its time.
   */
  read(range: RecordRange & { readonly maxBytes: number }): LogRecord[];
  remove(range: RecordRange): void;
  usedBytes(): number;
  /** Makes a file that is nearly all holes small again; else nothing. Holds up the thread for some tenths of a second. */
  shrink(): void;
  close(): void;
};

const SCHEMA = [
  `CREATE TABLE records (
     id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, schema INTEGER NOT NULL, bytes BLOB NOT NULL
   )`,
  // Records from before there were checksums have none; the table says how far they go, and they are trimmed in hours.
  `ALTER TABLE records ADD COLUMN sum INTEGER;
   CREATE TABLE unchecked (partition INTEGER PRIMARY KEY, before INTEGER NOT NULL);
   INSERT INTO unchecked
     SELECT id / 1099511627776, max(id) % 1099511627776 + 1 FROM records GROUP BY id / 1099511627776`,
];
// id = partition * 2^40 + offset keeps a partition's records together and in order without a second index.
const PER_PARTITION = 2 ** 40;
// Checking a large file for damage at every start would cost seconds; its readers find the damage just as well.
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;
const PAGE_BYTES = 4096;
/** Less is not worth the writing, and holes are filled first. */
const SHRINK_FREE_BYTES = 16 * 1024 * 1024;
/** What is left is written again, while nothing can be appended. */
const SHRINK_MOST_USED_BYTES = 32 * 1024 * 1024;
const NO_BYTES = new Uint8Array(0);

type Row = { id: number; received_ms: number; schema: number; bytes: Uint8Array; sum: number | null };

/** Over what a record is and where it stands. A function of its own for each table: the buffer is used again. */
function createChecksum(): (record: LogRecord) => number {
  const place = new Float64Array(4);
  const bytesOfPlace = new Uint8Array(place.buffer);
  return ({ partition, offset, receivedMs, schema, bytes }) => {
    place[0] = partition;
    place[1] = offset;
    place[2] = receivedMs;
    place[3] = schema;
    return crc32(bytes, crc32(bytesOfPlace));
  };
}

/** What was found damaged while it was in use, and its name since. */
export type DamagedFile = { readonly why: string; readonly aside: string };

export function openRecordTable(options: {
  readonly path: string;
  readonly owner: Owner;
  readonly onDamaged: (message: string) => void;
  /** Its records are put into the new file. */
  readonly damaged?: DamagedFile | undefined;
}): RecordTable {
  const { path, owner, onDamaged, damaged } = options;
  const sumOf = createChecksum();
  const db = openSqlite({
    path,
    synchronous: 'full',
    schema: SCHEMA,
    owner,
    pageSize: PAGE_BYTES,
    quickCheck: !existsSync(path) || statSync(path).size <= QUICK_CHECK_BYTES,
    onDamaged,
    salvage: salvageRecords,
  });
  if (damaged) {
    const { why, aside } = damaged;
    onDamaged(`${path} is damaged (${why}); it was moved to ${aside}. ${salvageRecords(aside, db)}`);
  }
  const recordOf = createRowReader(db, sumOf);
  const columns = 'SELECT id, received_ms, schema, bytes, sum FROM records';
  const insert = db.prepare(
    'INSERT INTO records (id, received_ms, schema, bytes, sum) VALUES (?, ?, ?, ?, ?)',
  );
  const select = db.prepare(`${columns} WHERE id >= ? AND id < ? ORDER BY id`);
  const newestFirst = db.prepare(`${columns} WHERE id >= ? AND id < ? ORDER BY id DESC`);
  const first = db.prepare('SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1').pluck();
  const remove = db.prepare('DELETE FROM records WHERE id >= ? AND id < ?');
  /** The newest that is what its checksum says, or damaged ones that follow it; what stands past them has lost its place. */
  function lastOf(partition: number): number | undefined {
    const base = partition * PER_PARTITION;
    const bad: number[] = [];
    let last: number | undefined;
    for (const row of newestFirst.iterate(base, base + PER_PARTITION) as Iterable<Row>) {
      const { offset, schema } = recordOf(row, partition);
      if (schema !== DAMAGED_SCHEMA) {
        last = offset;
        break;
      }
      bad.unshift(offset);
    }
    if (last === undefined) return bad.at(-1);
    while (bad[0] === last + 1) last = bad.shift()!;
    if (bad.length > 0) {
      remove.run(base + last + 1, base + PER_PARTITION);
      onDamaged(
        `${path}: ${bad.length} damaged records past the end of partition ${partition} were removed (offset ${bad[0]}); the log ends after offset ${last}`,
      );
    }
    return last;
  }

  return {
    bounds(partition) {
      const base = partition * PER_PARTITION;
      const last = lastOf(partition);
      const id = first.get(base, base + PER_PARTITION) as number | undefined;
      return { first: id === undefined ? undefined : id - base, last };
    },
    append: db.transaction((records: readonly LogRecord[]) => {
      for (const record of records) {
        const { partition, offset, receivedMs, schema, bytes } = record;
        insert.run(partition * PER_PARTITION + offset, receivedMs, schema, bytes, sumOf(record));
      }
    }),
    read({ partition, from, to, maxBytes }) {
      const base = partition * PER_PARTITION;
      const records: LogRecord[] = [];
      let total = 0;
      for (const row of select.iterate(base + from, base + to) as Iterable<Row>) {
        const record = recordOf(row, partition);
        const before = records.at(-1);
        total += record.bytes.length;
        if (before && (total > maxBytes || record.offset !== before.offset + 1)) break;
        records.push(record);
      }
      return records;
    },
    remove({ partition, from, to }) {
      remove.run(partition * PER_PARTITION + from, partition * PER_PARTITION + to);
    },
    // Without free pages: a trimmed file fills its holes first.
    usedBytes: () => bytesOf(db).used,
    shrink: () => shrink(db),
    close: () => void db.close(),
  };
}

/** A row as the record that it is, or as a damaged one. */
function createRowReader(db: SqliteDatabase, sumOf: (record: LogRecord) => number) {
  const unchecked = new Map(
    db.prepare<[], [number, number]>('SELECT partition, before FROM unchecked').raw().all() as [
      number,
      number,
    ][],
  );

  function recordOf(row: Row, partition: number): LogRecord {
    const offset = row.id - partition * PER_PARTITION;
    const { received_ms: receivedMs, schema, bytes, sum } = row;
    const isBytes = bytes instanceof Uint8Array;
    const record = { partition, offset, receivedMs, schema, bytes };
    const isChecked = sum !== null || offset >= (unchecked.get(partition) ?? 0);
    if (isBytes && (isChecked ? sum === sumOf(record) : typeof receivedMs === 'number')) return record;
    return { partition, offset, receivedMs: 0, schema: DAMAGED_SCHEMA, bytes: isBytes ? bytes : NO_BYTES };
  }

  return recordOf;
}

function bytesOf(db: SqliteDatabase): { readonly used: number; readonly free: number } {
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number;
  const free = pragma('freelist_count');
  return { used: (pragma('page_count') - free) * PAGE_BYTES, free: free * PAGE_BYTES };
}

function shrink(db: SqliteDatabase): void {
  const { used, free } = bytesOf(db);
  if (free < SHRINK_FREE_BYTES || used > SHRINK_MOST_USED_BYTES || free < 2 * used) return;
  try {
    db.exec('VACUUM');
    db.pragma('wal_checkpoint(TRUNCATE)');
  } catch (error) {
    // The smaller file is written before the larger one goes.
    if ((error as { code?: string }).code !== 'SQLITE_FULL') throw error;
  }
}

/** Records with a checksum that fits, wherever they stand in a damaged file or its log; some may be of those trimmed before. */
function salvageRecords(aside: string, db: SqliteDatabase): string {
  const insert = db.prepare('INSERT OR IGNORE INTO records VALUES (?, ?, ?, ?, ?)');
  const sumOf = createChecksum();
  let found = 0;
  db.transaction(() => {
    for (const row of salvageRows(aside, PAGE_BYTES)) {
      const columns = columnsOf(row, sumOf);
      if (columns) found += insert.run(...columns).changes;
    }
  })();
  return `${found} records were read back from ${aside}`;
}

function columnsOf(
  { rowid: id, values }: PageRow,
  sumOf: (record: LogRecord) => number,
): unknown[] | undefined {
  // In place of the row id the column is null.
  const [, receivedMs, schema, bytes, sum] = values;
  if (id === undefined || values.length !== 5) return undefined;
  if (typeof receivedMs !== 'number' || typeof schema !== 'number' || !(bytes instanceof Uint8Array))
    return undefined;
  const partition = Math.floor(id / PER_PARTITION);
  const record = { partition, offset: id % PER_PARTITION, receivedMs, schema, bytes };
  return sum === sumOf(record) ? [id, receivedMs, schema, bytes, sum] : undefined;
}
