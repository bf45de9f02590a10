// Opens SQLite files: pragmas, an integrity check, and moving a damaged file aside so that the start can continue. Sole
// home of better-sqlite3.
import { copyFileSync, existsSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { messageOf } from '../domain/errors.ts';
import type { Owner } from './directory-id.ts';
import { explained } from './disk-errors.ts';
import { damage, isDamage } from './sqlite-damage.ts';
import { damageOfLog } from './sqlite-log.ts';
import { applySchema, type SchemaStep } from './sqlite-schema.ts';

export type SqliteDatabase = Database.Database;
export type SqliteStatement = Database.Statement<unknown[], unknown>;

export type OpenOptions = {
  readonly path: string;
  /** full: a commit is durable when it returns. normal: durable at the next checkpoint. */
  readonly synchronous: 'full' | 'normal';
  readonly readonly?: boolean;
  /** Steps of the schema, each run once, in a transaction; user_version counts them. SCHEMA_TOO_NEW when it is past them. */
  readonly schema?: readonly SchemaStep[];
  /** Whose file it is: FOREIGN_FILE when it is another directory's. Default: any file is taken. */
  readonly owner?: Owner | undefined;
  /** Only effective on a file that does not exist yet. */
  readonly pageSize?: number;
  /** Read the whole file for damage when opening it. Default true; large files check themselves piece by piece. */
  readonly quickCheck?: boolean;
  /** Damage is thrown (see isDamage) and the file left where it is: the caller knows how to salvage it. */
  readonly throwDamage?: boolean;
  /** Functions for the schema and statements, which have to give the same for the same arguments. */
  readonly functions?: Readonly<Record<string, (...values: unknown[]) => unknown>>;
  /** Reads or changes what was opened; whatever SQLite finds wrong in that is damage of the file. */
  readonly check?: (db: SqliteDatabase) => void;
  /**
   * Called when the file was damaged and moved aside, a new one being opened in its place; and when its write-ahead log
   * was, a copy of it being kept.
   */
  readonly onDamaged?: (message: string) => void;
  /**
   * Puts what can still be read (sqlite-pages.ts) of files kept as `aside` and `aside`-wal, either of which may be
   * missing, into the database that is in use now. Returns a sentence about it.
   */
  readonly salvage?: (aside: string, db: SqliteDatabase) => string;
};

export function openSqlite(options: OpenOptions): SqliteDatabase {
  try {
    return openRepaired(options);
  } catch (error) {
    throw options.throwDamage && isDamage(error) ? error : explained(error, options.path);
  }
}

function openRepaired(options: OpenOptions): SqliteDatabase {
  const { path } = options;
  const why = options.readonly ? undefined : damageOfLog(`${path}-wal`);
  if (why && options.throwDamage) throw damage(why);
  const kept = why && keepLog(path, why);
  if (!options.readonly) clearIndex(path);
  try {
    // A part of a log's transactions over pages that had all of them is damage in the file itself.
    const db = open(kept ? { ...options, quickCheck: true } : options);
    if (kept) options.onDamaged?.(kept.message + salvageInto(db, [kept.aside], options));
    return db;
  } catch (error) {
    if (isDamage(error) && !options.throwDamage && !options.readonly && existsSync(path)) {
      const aside = renameDamaged(path);
      const db = open(options);
      const asides = [aside, ...(kept ? [kept.aside] : [])];
      options.onDamaged?.(movedMessage(path, messageOf(error), aside) + salvageInto(db, asides, options));
      return db;
    }
    throw error;
  }
}

/** The index of the log holds nothing of its own and is created again; what is no file in its place would stop every write. */
function clearIndex(path: string): void {
  const index = `${path}-shm`;
  if (lstatSync(index, { throwIfNoEntry: false })?.isFile() === false)
    renameSync(index, `${asideOf(path)}-shm`);
}

/** A copy of a log that SQLite would drop the end of. */
function keepLog(path: string, why: string): { readonly aside: string; readonly message: string } {
  const aside = asideOf(path);
  copyFileSync(`${path}-wal`, `${aside}-wal`);
  return { aside, message: `${path}: ${why}; the log was kept as ${aside}-wal` };
}

function salvageInto(db: SqliteDatabase, asides: readonly string[], { salvage }: OpenOptions): string {
  if (!salvage) return '';
  return asides
    .map((aside) => {
      try {
        return `. ${salvage(aside, db)}`;
      } catch (error) {
        return `. Nothing could be read back from ${aside}: ${messageOf(error)}`;
      }
    })
    .join('');
}

function open(options: OpenOptions): SqliteDatabase {
  if (!options.readonly) makeDirectory(dirname(options.path));
  const db = new Database(options.path, { readonly: options.readonly ?? false, timeout: 5_000 });
  try {
    if (options.readonly) return db;
    for (const [name, work] of Object.entries(options.functions ?? {})) {
      db.function(name, { varargs: true, deterministic: true }, work);
    }
    if (options.pageSize) db.pragma(`page_size = ${options.pageSize}`);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.synchronous}`);
    const verdict = options.quickCheck === false ? 'ok' : db.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw damage(String(verdict).replace(/^\*.*\n/, ''));
    applySchema(db, options);
    runCheck(db, options.check);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** An empty file as well: SQLite would take it for a new one. */
export function isMissing(path: string): boolean {
  try {
    return statSync(path).size === 0;
  } catch (error) {
    return (error as { code?: string }).code === 'ENOENT';
  }
}

/** Writes the log back into the file and empties it: what is in a log alone is lost with one bit of it. */
export function emptyLog(db: SqliteDatabase): void {
  db.pragma('wal_checkpoint(TRUNCATE)');
}

function runCheck(db: SqliteDatabase, check: OpenOptions['check']): void {
  try {
    check?.(db);
  } catch (error) {
    // A name in the schema that was hit is "no such column" to SQLite.
    throw (error as { code?: string } | null)?.code === 'SQLITE_ERROR' ? damage(messageOf(error)) : error;
  }
}

/** mkdir -p. Node's own never returns where the system answers ENOENT below a parent that exists (/proc). */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path, { mode: 0o700 });
}

/** Until they are released: a database that nothing refers to is closed by the garbage collector, and its lock with it. */
const locks = new Set<SqliteDatabase>();

/**
 * Takes an exclusive lock that the kernel drops with this process. Returns how to release it, or undefined when another
 * process holds it.
 */
export function lockFile(path: string): (() => void) | undefined {
  let db: SqliteDatabase | undefined;
  try {
    const held = new Database(path, { timeout: 0 });
    db = held;
    db.pragma('journal_mode = MEMORY');
    db.exec('BEGIN EXCLUSIVE');
    locks.add(held);
    return () => {
      locks.delete(held);
      held.close();
    };
  } catch (error) {
    db?.close();
    if ((error as { code?: string }).code?.startsWith('SQLITE_BUSY')) return undefined;
    // It holds no data: a damaged one is replaced and not reported.
    if (isDamage(error)) {
      rmSync(path);
      return lockFile(path);
    }
    throw explained(error, path);
  }
}

/** Renames a damaged file (and its -wal, -shm) and returns its new path. */
export function renameDamaged(path: string): string {
  const aside = asideOf(path);
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

const movedMessage = (path: string, why: string, aside: string) =>
  `${path} is damaged (${why}); it was moved to ${aside} and replaced by a new one`;

/** A name that is free: two files may be damaged in one millisecond. */
function asideOf(path: string): string {
  const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  for (let i = 0; ; i++) {
    const name = i === 0 ? aside : `${aside}-${i}`;
    if (!existsSync(name) && !existsSync(`${name}-wal`)) return name;
  }
}
