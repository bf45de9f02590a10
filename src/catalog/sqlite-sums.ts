// A checksum for every row of a catalog in SQLite, kept by triggers, so that a bit that turned is not taken for a location.
import { crc32 } from 'node:zlib';
import type { SqliteDatabase } from '../runtime/sqlite.ts';

/** Of the program's, not of minimon's users: what is wrong there shows by itself. */
const WITHOUT_SUMS = new Set(['row_sums', 'migrations', 'sqlite_sequence']);

/** For openSqlite: what the triggers call. */
export const SUM_FUNCTIONS = { catalog_sum: (...values: unknown[]) => sumOf(values) };

function sumOf(values: readonly unknown[]): number {
  let sum = 0;
  for (const value of values) {
    if (Buffer.isBuffer(value)) sum = crc32(value, crc32('b', sum));
    else sum = crc32(value === null ? 'n' : `${typeof value}${String(value)}`, sum);
    sum = crc32('\u0000', sum);
  }
  return sum;
}

export type DamagedRow = {
  readonly table: string;
  readonly row: number;
  /** What it says, or said, as far as that can be read. */
  readonly text: string;
};

type Table = { readonly name: string; readonly columns: readonly string[] };

const tablesOf = (db: SqliteDatabase): Table[] =>
  db
    .prepare<[], string>("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
    .pluck()
    .all()
    .filter((name) => !WITHOUT_SUMS.has(name))
    .map((name) => ({ name, columns: columnsOf(db, name) }));

const columnsOf = (db: SqliteDatabase, table: string): string[] =>
  (db.pragma(`table_info(${table})`) as { name: string }[]).map((column) => column.name);

const sumSql = ({ name, columns }: Table, prefix = ''): string =>
  `catalog_sum('${name}', ${prefix}rowid, ${columns.map((column) => `${prefix}"${column}"`).join(', ')})`;

/** Adds checksums to tables that have none yet; what stands there is taken as it is. */
export function keepSums(db: SqliteDatabase): void {
  db.transaction(() => {
    db.exec(
      'CREATE TABLE IF NOT EXISTS row_sums (tbl TEXT, row INTEGER, sum INTEGER NOT NULL, PRIMARY KEY (tbl, row)) WITHOUT ROWID',
    );
    for (const table of tablesOf(db)) keepSumsOf(db, table);
  }).immediate();
}

function keepSumsOf(db: SqliteDatabase, table: Table): void {
  const { name, columns } = table;
  // A column that was added since needs other triggers.
  const version = crc32(columns.join()).toString(16);
  const prefix = `sum_${name}_`;
  const triggers = db
    .prepare<[string], string>("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?")
    .pluck()
    .all(name)
    .filter((trigger) => trigger.startsWith(prefix));
  if (triggers.length === 3 && triggers.every((trigger) => trigger.startsWith(prefix + version))) return;
  for (const trigger of triggers) db.exec(`DROP TRIGGER ${trigger}`);
  const put = `INSERT OR REPLACE INTO row_sums VALUES ('${name}', NEW.rowid, ${sumSql(table, 'NEW.')});`;
  const remove = `DELETE FROM row_sums WHERE tbl = '${name}' AND row = OLD.rowid;`;
  const create = (kind: string, body: string) =>
    db.exec(`CREATE TRIGGER ${prefix}${version}_${kind} AFTER ${kind} ON ${name} BEGIN ${body} END`);
  create('insert', put);
  create('update', remove + put);
  create('delete', remove);
  db.exec(`DELETE FROM row_sums WHERE tbl = '${name}';
    INSERT INTO row_sums SELECT '${name}', rowid, ${sumSql(table)} FROM ${name}`);
}

/** Rows that are not as they were written, and those that vanished. */
export function damagedRows(db: SqliteDatabase): DamagedRow[] {
  return tablesOf(db).flatMap((table) => {
    const { name } = table;
    const hasSums = db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'row_sums'").pluck().get();
    if (!hasSums) return [];
    const changed = db
      .prepare<[], Record<string, unknown>>(
        `SELECT t.rowid AS "row id", t.* FROM ${name} t LEFT JOIN row_sums s ON s.tbl = '${name}' AND s.row = t.rowid
         WHERE s.sum IS NOT ${sumSql(table, 't.')}`,
      )
      .all()
      .map(({ 'row id': row, ...values }) => ({ table: name, row: row as number, text: textOf(values) }));
    const gone = db
      .prepare<[], number>(
        `SELECT row FROM row_sums WHERE tbl = '${name}' AND row NOT IN (SELECT rowid FROM ${name})`,
      )
      .pluck()
      .all()
      .map((row) => ({ table: name, row, text: 'it is gone' }));
    return [...changed, ...gone];
  });
}

const MAX_TEXT = 200;

function textOf(values: Record<string, unknown>): string {
  const text = JSON.stringify(values, (_, value) =>
    value?.type === 'Buffer' ? Buffer.from(value.data).toString('utf8') : value,
  );
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text;
}

/** Puts these rows back as they are in a copy that has them whole, and deletes the others. Returns those put back. */
export function restoreRows(
  db: SqliteDatabase,
  rows: readonly DamagedRow[],
  copy: SqliteDatabase | undefined,
): DamagedRow[] {
  const bad = new Set(copy && damagedRows(copy).map(({ table, row }) => `${table} ${row}`));
  const restored: DamagedRow[] = [];
  db.transaction(() => {
    for (const one of rows) {
      const { table, row } = one;
      db.prepare(`DELETE FROM ${table} WHERE rowid = ?`).run(row);
      db.prepare('DELETE FROM row_sums WHERE tbl = ? AND row = ?').run(table, row);
      const columns = columnsOf(db, table);
      if (!copy || bad.has(`${table} ${row}`) || columnsOf(copy, table).join() !== columns.join()) continue;
      const values = copy
        .prepare<[number], unknown[]>(`SELECT * FROM ${table} WHERE rowid = ?`)
        .raw()
        .get(row);
      if (!values) continue;
      const places = ['rowid', ...columns.map((column) => `"${column}"`)];
      try {
        db.prepare(
          `INSERT INTO ${table} (${places.join(', ')}) VALUES (${places.map(() => '?').join(', ')})`,
        ).run(row, ...values);
        restored.push(one);
      } catch (error) {
        // Its id was given out again since.
        if (!(error as { code?: string }).code?.startsWith('SQLITE_CONSTRAINT')) throw error;
      }
    }
  })();
  return restored;
}
