// The catalog's tables as kysely sees them, and the migrations that make them: forward only, each step recorded, under a lock.
import { createHash } from 'node:crypto';
import { type Generated, type Kysely, sql } from 'kysely';
import { ExpectedError } from '../domain/errors.ts';

/**
 * Ids and locations are columns of bytes (VARBINARY, BLOB): a text column would fold case, ignore trailing spaces or
 * order by some collation, each database in its own way. Times are milliseconds since the epoch in BIGINT columns.
 */
export type CatalogTables = {
  hosts: {
    id: Generated<number>;
    host_id: Buffer;
    location: Buffer | null;
    created_ms: number;
    updated_ms: number;
  };
  /** Every location that ever had a host: distinguishes empty locations from unknown ones. */
  locations: { location: Buffer; first_used_ms: number };
  audit: {
    id: Generated<number>;
    at_ms: number;
    actor: string;
    action: string;
    subject: Buffer;
    /** JSON, such as {"from":"725","to":"726"}. */
    detail: string;
    /** The id of the first entry of the same change; null for that one itself. */
    change_id: number | null;
    /** Of the client; null for what minimon did by itself. */
    address: string | null;
  };
  /** Rules, silences and receivers: JSON of manage's. */
  alert_records: { kind: Buffer; name: Buffer; record: string };
  /** One row, which grows with each change of them. */
  alert_version: { id: number; version: number };
  /** One row: the id of the newest audit entry about a host. */
  inventory_version: { id: number; version: number };
  /** Alerts that are open: JSON of warn's, by a hash of the alert's id. */
  alert_states: { id: Buffer; record: string; updated_ms: number };
  /** By partition of the bus: where what alert_states says ends. */
  warn_offsets: { partition_id: number; next_offset: number; read_from: number | null };
  /** One row: the lease of the active warn. */
  warn_lease: { id: number; holder: string; fence: number; expires_ms: number };
  /** Alerts that somebody acknowledged: JSON of warn's, by a hash of the alert's id. */
  acknowledgements: { id: Buffer; record: string; updated_ms: number };
  /** What happened to alerts and their messages: JSON of warn's, in the order in which it was stored. */
  alert_history: { id: Generated<number>; at_ms: number; record: string };
  /** Notification state of a recipient for a group: JSON of warn, keyed by a hash of receiver, recipient and group. */
  notifications: { id: Buffer; record: string; updated_ms: number };
  /** Of those who call; `hash` is of the whole token. */
  tokens: {
    id: Buffer;
    name: Buffer;
    hash: Buffer;
    /** JSON, a list. */
    scopes: string;
    created_by: string;
    created_ms: number;
    ends_ms: number | null;
    revoked_ms: number | null;
    used_ms: number | null;
  };
  /** One row, which grows with each token that is added or revoked. */
  token_version: { id: number; version: number };
  /** What a join token is good for: JSON of enrolments.ts, by the token's id. */
  join_grants: { token_id: Buffer; record: string };
  /** Which machine each enrolled host is: JSON of enrolments.ts. */
  enrolments: { host_id: Buffer; record: string };
};

export const toBytes = (id: string): Buffer => Buffer.from(id, 'utf8');

/** Of an alert's id, which holds names and labels of any length. */
export const alertKey = (id: string): Buffer => toBytes(createHash('sha256').update(id).digest('hex'));
export const fromBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');

/** A LIMIT as a literal: MySQL's prepared statements refuse the double that a JavaScript number is sent as. */
export const rowLimit = (limit: number) => sql.lit<number>(Math.trunc(limit));

/** Where the databases' DDL differs. */
export type DdlWords = {
  readonly id: string;
  readonly bytes: string;
  readonly text: string;
  /** For JSON of many alerts, which outgrows 64 KiB. */
  readonly longText: string;
  /** After the closing parenthesis of a table: engine and charset. */
  readonly table: string;
  /** Selects a row where the column, the index is there. */
  readonly hasColumn: (table: string, column: string) => string;
  readonly hasIndex: (table: string, index: string) => string;
};

export const SQLITE_WORDS: DdlWords = {
  // AUTOINCREMENT, since a plain rowid is used again after the newest row is deleted.
  id: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  bytes: 'BLOB',
  text: 'TEXT',
  longText: 'TEXT',
  table: '',
  hasColumn: (table, column) =>
    `SELECT 1 AS present FROM pragma_table_info('${table}') WHERE name = '${column}'`,
  hasIndex: (_table, index) =>
    `SELECT 1 AS present FROM sqlite_master WHERE type = 'index' AND name = '${index}'`,
};

export const MYSQL_WORDS: DdlWords = {
  id: 'BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY',
  bytes: 'VARBINARY(128)',
  text: 'TEXT CHARACTER SET utf8mb4',
  longText: 'MEDIUMTEXT CHARACTER SET utf8mb4',
  table: ' ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_unicode_ci',
  hasColumn: (table, column) => `SELECT 1 AS present FROM information_schema.columns
    WHERE table_schema = DATABASE() AND table_name = '${table}' AND column_name = '${column}'`,
  hasIndex: (table, index) => `SELECT 1 AS present FROM information_schema.statistics
    WHERE table_schema = DATABASE() AND table_name = '${table}' AND index_name = '${index}'`,
};

type Migration = {
  readonly name: string;
  readonly ddl: (words: DdlWords) => string;
  /** Selects a row where the step ran and was not recorded: for what has no IF NOT EXISTS. */
  readonly done?: (words: DdlWords) => string;
};

// MySQL commits each DDL statement on its own: IF NOT EXISTS lets a step that was cut off between statement and record
// run again. A step that was released is never changed; what is new goes to the end.
export const MIGRATIONS: readonly Migration[] = [
  {
    // UNIQUE (location, host_id) is there for its index: the only way to declare one that both databases understand.
    name: '001-hosts',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS hosts (
      id ${w.id}, host_id ${w.bytes} NOT NULL UNIQUE, location ${w.bytes} NULL,
      created_ms BIGINT NOT NULL, updated_ms BIGINT NOT NULL, UNIQUE (location, host_id))${w.table}`,
  },
  {
    name: '002-locations',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS locations (
      location ${w.bytes} NOT NULL PRIMARY KEY, first_used_ms BIGINT NOT NULL)${w.table}`,
  },
  {
    name: '003-audit',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS audit (
      id ${w.id}, at_ms BIGINT NOT NULL, actor ${w.text} NOT NULL, action VARCHAR(64) NOT NULL,
      subject ${w.bytes} NOT NULL, detail ${w.text} NOT NULL)${w.table}`,
  },
  {
    name: '010-alert-records',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS alert_records (
      kind ${w.bytes} NOT NULL, name ${w.bytes} NOT NULL, record ${w.longText} NOT NULL,
      PRIMARY KEY (kind, name))${w.table}`,
  },
  {
    name: '011-alert-version',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS alert_version (
      id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)${w.table}`,
  },
  {
    // The row must be there before the first change, which locks it.
    name: '012-alert-version-row',
    ddl: () => `INSERT INTO alert_version (id, version)
      SELECT 1, 0 FROM (SELECT COUNT(*) AS present FROM alert_version) AS counted WHERE present = 0`,
  },
  {
    name: '020-alert-states',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS alert_states (
      id ${w.bytes} NOT NULL PRIMARY KEY, record ${w.longText} NOT NULL, updated_ms BIGINT NOT NULL)${w.table}`,
  },
  {
    name: '030-notifications',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS notifications (
      id ${w.bytes} NOT NULL PRIMARY KEY, record ${w.longText} NOT NULL, updated_ms BIGINT NOT NULL)${w.table}`,
  },
  {
    name: '040-warn-offsets',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS warn_offsets (
      partition_id INTEGER NOT NULL PRIMARY KEY, next_offset BIGINT NOT NULL)${w.table}`,
  },
  {
    name: '041-warn-lease',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS warn_lease (
      id INTEGER NOT NULL PRIMARY KEY, holder ${w.text} NOT NULL, fence BIGINT NOT NULL,
      expires_ms BIGINT NOT NULL)${w.table}`,
  },
  {
    // As of 012: what is locked must be there.
    name: '042-warn-lease-row',
    ddl: () => `INSERT INTO warn_lease (id, holder, fence, expires_ms)
      SELECT 1, '', 0, 0 FROM (SELECT COUNT(*) AS present FROM warn_lease) AS counted WHERE present = 0`,
  },
  {
    name: '050-inventory-version',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS inventory_version (
      id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)${w.table}`,
  },
  {
    name: '051-inventory-version-row',
    ddl: () => `INSERT INTO inventory_version (id, version)
      SELECT 1, newest FROM (SELECT COALESCE(MAX(id), 0) AS newest FROM audit) AS entries,
        (SELECT COUNT(*) AS present FROM inventory_version) AS counted WHERE present = 0`,
  },
  {
    name: '060-acknowledgements',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS acknowledgements (
      id ${w.bytes} NOT NULL PRIMARY KEY, record ${w.longText} NOT NULL, updated_ms BIGINT NOT NULL)${w.table}`,
  },
  {
    // UNIQUE for its index, as in 001.
    name: '061-alert-history',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS alert_history (
      id ${w.id}, at_ms BIGINT NOT NULL, record ${w.longText} NOT NULL, UNIQUE (at_ms, id))${w.table}`,
  },
  {
    name: '070-audit-change',
    ddl: () => 'ALTER TABLE audit ADD COLUMN change_id BIGINT NULL',
    done: (w) => w.hasColumn('audit', 'change_id'),
  },
  {
    name: '071-audit-address',
    ddl: (w) => `ALTER TABLE audit ADD COLUMN address ${w.text} NULL`,
    done: (w) => w.hasColumn('audit', 'address'),
  },
  {
    name: '072-audit-by-subject',
    ddl: () => 'CREATE INDEX audit_by_subject ON audit (subject, id)',
    done: (w) => w.hasIndex('audit', 'audit_by_subject'),
  },
  {
    name: '073-audit-by-change',
    ddl: () => 'CREATE INDEX audit_by_change ON audit (change_id, id)',
    done: (w) => w.hasIndex('audit', 'audit_by_change'),
  },
  {
    name: '080-tokens',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS tokens (
      id ${w.bytes} NOT NULL PRIMARY KEY, name ${w.bytes} NOT NULL, hash ${w.bytes} NOT NULL,
      scopes ${w.longText} NOT NULL, created_by ${w.text} NOT NULL, created_ms BIGINT NOT NULL,
      ends_ms BIGINT NULL, revoked_ms BIGINT NULL, used_ms BIGINT NULL)${w.table}`,
  },
  {
    name: '081-token-version',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS token_version (
      id INTEGER NOT NULL PRIMARY KEY, version BIGINT NOT NULL)${w.table}`,
  },
  {
    // As of 012: what is locked must be there.
    name: '082-token-version-row',
    ddl: () => `INSERT INTO token_version (id, version)
      SELECT 1, 0 FROM (SELECT COUNT(*) AS present FROM token_version) AS counted WHERE present = 0`,
  },
  {
    name: '090-warn-read-from',
    ddl: () => 'ALTER TABLE warn_offsets ADD COLUMN read_from BIGINT NULL',
    done: (w) => w.hasColumn('warn_offsets', 'read_from'),
  },
  {
    name: '100-join-grants',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS join_grants (
      token_id ${w.bytes} NOT NULL PRIMARY KEY, record ${w.longText} NOT NULL)${w.table}`,
  },
  {
    name: '101-enrolments',
    ddl: (w) => `CREATE TABLE IF NOT EXISTS enrolments (
      host_id ${w.bytes} NOT NULL PRIMARY KEY, record ${w.longText} NOT NULL)${w.table}`,
  },
];

/** The names of the steps that a catalog with these lacks, in order. */
export const missingSteps = (done: readonly string[]): readonly string[] =>
  MIGRATIONS.map(({ name }) => name).filter((name) => !done.includes(name));

/** Runs the missing steps. The caller holds the database's migration lock. Returns the names of the steps it ran. */
export async function migrate(
  db: Kysely<CatalogTables>,
  { words, nowMs }: { readonly words: DdlWords; readonly nowMs: number },
): Promise<readonly string[]> {
  const read = () => sql<{ name: string }>`SELECT name FROM migrations`.execute(db);
  // Written only where it is missing: a database that is read-only is still worth reading.
  const { rows } = await read().catch(async () => {
    await sql
      .raw(
        `CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(64) NOT NULL PRIMARY KEY, at_ms BIGINT NOT NULL)${words.table}`,
      )
      .execute(db);
    return read();
  });
  const done = new Set(rows.map((row) => row.name));
  const known = new Set(MIGRATIONS.map((step) => step.name));
  const unknown = [...done].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new ExpectedError(
      'SCHEMA_TOO_NEW',
      `the catalog was written by a newer minimon (it has ${unknown.join(', ')})`,
      { hint: 'Use the newer version, or another directory with --data DIR, or another database.' },
    );
  }
  const missing = MIGRATIONS.filter((step) => !done.has(step.name));
  for (const step of missing) {
    const done = step.done && (await sql.raw(step.done(words)).execute(db)).rows.length > 0;
    if (!done) await sql.raw(step.ddl(words)).execute(db);
    await sql`INSERT INTO migrations (name, at_ms) VALUES (${step.name}, ${nowMs})`.execute(db);
  }
  return missing.map((step) => step.name);
}
