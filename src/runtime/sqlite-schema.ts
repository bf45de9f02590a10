// Schema migrations of a SQLite file; a schema that differs from what its version creates counts as damaged.
import { crc32 } from 'node:zlib';
import Database from 'better-sqlite3';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Owner } from './directory-id.ts';
import { damage } from './sqlite-damage.ts';

type SqliteDatabase = Database.Database;

/** SQL, or what SQL alone cannot do; it runs in the step's transaction. */
export type SchemaStep = string | ((db: SqliteDatabase) => void);

type SchemaOptions = {
  readonly schema?: readonly SchemaStep[];
  readonly owner?: Owner | undefined;
  readonly functions?: Readonly<Record<string, (...values: unknown[]) => unknown>>;
};

/**
 * Runs the steps that are left. Throws damage when the tables are not those of the version that the file says it has,
 * SCHEMA_TOO_NEW when a newer minimon wrote it, FOREIGN_FILE when it is another directory's.
 */
export function applySchema(db: SqliteDatabase, options: SchemaOptions): void {
  const { schema: steps = [], owner } = options;
  const isVersioned = steps.length > 0;
  if (!isVersioned && !owner) return;
  const done = versionOf(db, { steps, owner });
  if (isVersioned) {
    if (done > steps.length) throw tooNew(db, done, steps);
    if (structureOf(db) !== expectedStructure(options, done)) {
      throw damage(`its tables are not those of schema ${done}`);
    }
    for (let step = done; step < steps.length; step++) runStep(db, options, step);
  }
  const stamp = stampOf(owner, isVersioned ? steps.length : done);
  if (numberOf(db, 'application_id') !== stamp) db.pragma(`application_id = ${stamp}`);
}

const numberOf = (db: SqliteDatabase, name: string) => db.pragma(name, { simple: true }) as number;

function runStep(db: SqliteDatabase, { schema, owner }: SchemaOptions, step: number): void {
  db.transaction(() => {
    const run = schema![step]!;
    if (typeof run === 'string') db.exec(run);
    else run(db);
    db.pragma(`user_version = ${step + 1}`);
    db.pragma(`application_id = ${stampOf(owner, step + 1)}`);
  })();
}

const tooNew = (db: SqliteDatabase, version: number, steps: readonly SchemaStep[]) =>
  new ExpectedError(
    'SCHEMA_TOO_NEW',
    `${db.name} was written by a newer minimon (schema ${version}, this one knows ${steps.length})`,
    { hint: 'Use the newer version, or another directory with --data DIR.' },
  );

/** Kept as the application_id: of which directory the file is, and its version once more. Files of earlier versions have 0. */
const stampOf = (owner: Owner | undefined, version: number): number =>
  crc32(`minimon ${owner?.id ?? ''} ${version}`) | 0 || 1;

/** More flipped bits than this in four bytes of a file that is else in order is another file. */
const MAX_FLIPPED = 2;

/** The version is stored twice in the header, so that a flipped bit is detected. */
function versionOf(
  db: SqliteDatabase,
  { steps, owner }: { readonly steps: readonly SchemaStep[]; readonly owner: Owner | undefined },
): number {
  const stated = numberOf(db, 'user_version');
  const stamp = numberOf(db, 'application_id');
  if (stamp === stampOf(owner, stated)) return stated;
  const versions = Array.from({ length: steps.length + 1 }, (_, version) => version);
  const stamped = versions.find((version) => stamp === stampOf(owner, version));
  if (stamped !== undefined) return setVersion(db, stamped);
  // Before there were stamps, there were no newer versions than this one.
  if (stamp === 0) return stated > steps.length && steps.length > 0 ? setVersion(db, steps.length) : stated;
  if (owner?.isNew || versions.some((version) => bitsOf(stamp ^ stampOf(owner, version)) <= MAX_FLIPPED)) {
    return stated;
  }
  throw new ExpectedError(
    'FOREIGN_FILE',
    `${db.name} belongs to another data directory: it is not the one of directory-id beside it`,
    {
      hint: 'Restore the right file. Without one, move this file away; the log then names what is missing. If all files there are reported, directory-id is wrong: delete it.',
    },
  );
}

function setVersion(db: SqliteDatabase, version: number): number {
  db.pragma(`user_version = ${version}`);
  return version;
}

function bitsOf(number: number): number {
  let bits = 0;
  for (let left = number >>> 0; left > 0; left >>>= 1) bits += left & 1;
  return bits;
}

const STRUCTURE = `
  SELECT m.type, m.name, m.tbl_name, c.cid, c.name, c.type, c."notnull", c.pk
    FROM sqlite_schema m JOIN pragma_table_xinfo(m.name) c WHERE m.type = 'table'
  UNION ALL
  SELECT m.type, m.name, m.tbl_name, c.seqno, c.name, c.coll, c."desc", c.cid
    FROM sqlite_schema m JOIN pragma_index_xinfo(m.name) c WHERE m.type = 'index'
  UNION ALL
  SELECT 'list', name, type, 0, '', '', wr, strict FROM pragma_table_list WHERE schema = 'main'
  ORDER BY 1, 2, 4`;

/** Tables, columns and indexes: a bit that flipped in a name is another name. Not the text, whose spaces may have changed. */
function structureOf(db: SqliteDatabase): string {
  try {
    return JSON.stringify(db.prepare(STRUCTURE).raw().all());
  } catch (error) {
    throw (error as { code?: string } | null)?.code === 'SQLITE_ERROR' ? damage(messageOf(error)) : error;
  }
}

function expectedStructure(options: SchemaOptions, version: number): string {
  const db = new Database(':memory:');
  try {
    for (const [name, work] of Object.entries(options.functions ?? {})) {
      db.function(name, { varargs: true, deterministic: true }, work);
    }
    for (let step = 0; step < version; step++) runStep(db, options, step);
    return structureOf(db);
  } finally {
    db.close();
  }
}
