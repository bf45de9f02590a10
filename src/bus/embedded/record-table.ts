// The records of the embedded bus in one SQLite table: every partition in its own range of ids, appended and trimmed.
import { existsSync, statSync } from 'node:fs';
import { openSqlite, type SqliteStatement } from '../../runtime/sqlite.ts';

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
  /** In offset order, at most maxBytes of them but at least one if there is any. */
  read(range: RecordRange & { readonly maxBytes: number }): LogRecord[];
  remove(range: RecordRange): void;
  usedBytes(): number;
  close(): void;
};

const SCHEMA = [
  `CREATE TABLE records (
     id INTEGER PRIMARY KEY, received_ms INTEGER NOT NULL, schema INTEGER NOT NULL, bytes BLOB NOT NULL
   )`,
];
// id = partition * 2^40 + offset keeps a partition's records together and in order without a second index.
const PER_PARTITION = 2 ** 40;
// Checking a large file for damage at every start would cost seconds; its readers find the damage just as well.
const QUICK_CHECK_BYTES = 64 * 1024 * 1024;

export function openRecordTable(path: string, onDamaged: (message: string) => void): RecordTable {
  const db = openSqlite({
    path,
    synchronous: 'full',
    schema: SCHEMA,
    quickCheck: !existsSync(path) || statSync(path).size <= QUICK_CHECK_BYTES,
    onDamaged,
  });
  const insert = db.prepare('INSERT INTO records (id, received_ms, schema, bytes) VALUES (?, ?, ?, ?)');
  const select = db.prepare(
    'SELECT id, received_ms, schema, bytes FROM records WHERE id >= ? AND id < ? ORDER BY id',
  );
  const first = db.prepare('SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id LIMIT 1').pluck();
  const last = db.prepare('SELECT id FROM records WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT 1').pluck();
  const remove = db.prepare('DELETE FROM records WHERE id >= ? AND id < ?');
  const pragma = (name: string) => db.pragma(name, { simple: true }) as number;

  return {
    bounds(partition) {
      const base = partition * PER_PARTITION;
      const offset = (statement: SqliteStatement) => {
        const id = statement.get(base, base + PER_PARTITION) as number | undefined;
        return id === undefined ? undefined : id - base;
      };
      return { first: offset(first), last: offset(last) };
    },
    append: db.transaction((records: readonly LogRecord[]) => {
      for (const { partition, offset, receivedMs, schema, bytes } of records) {
        insert.run(partition * PER_PARTITION + offset, receivedMs, schema, bytes);
      }
    }),
    read({ partition, from, to, maxBytes }) {
      const base = partition * PER_PARTITION;
      const records: LogRecord[] = [];
      let total = 0;
      for (const row of select.iterate(base + from, base + to)) {
        const { id, received_ms, schema, bytes } = row as {
          id: number;
          received_ms: number;
          schema: number;
          bytes: Buffer;
        };
        total += bytes.length;
        if (records.length > 0 && total > maxBytes) break;
        records.push({ partition, offset: id - base, receivedMs: received_ms, schema, bytes });
      }
      return records;
    },
    remove({ partition, from, to }) {
      remove.run(partition * PER_PARTITION + from, partition * PER_PARTITION + to);
    },
    // Without free pages: a trimmed file keeps its size and fills its holes first.
    usedBytes: () => (pragma('page_count') - pragma('freelist_count')) * pragma('page_size'),
    close: () => void db.close(),
  };
}
