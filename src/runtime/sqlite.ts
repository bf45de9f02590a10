// Opens SQLite files: pragmas, a check, and a damaged file moved aside so that the start goes on. Sole home of better-sqlite3.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import Database from 'better-sqlite3';
import { ExpectedError, messageOf } from '../domain/errors.ts';

export type SqliteDatabase = Database.Database;
export type SqliteStatement = Database.Statement<unknown[], unknown>;

/** SQL, or what SQL alone cannot do; it runs in the step's transaction. */
export type SchemaStep = string | ((db: SqliteDatabase) => void);

export type OpenOptions = {
  readonly path: string;
  /** full: a commit is durable when it returns. normal: durable at the next checkpoint. */
  readonly synchronous: 'full' | 'normal';
  readonly readonly?: boolean;
  /** Steps of the schema, each run once, in a transaction; user_version counts them. SCHEMA_TOO_NEW when it is past them. */
  readonly schema?: readonly SchemaStep[];
  /** Only effective on a file that does not exist yet. */
  readonly pageSize?: number;
  /** Read the whole file for damage when opening it. Default true; large files check themselves piece by piece. */
  readonly quickCheck?: boolean;
  /** Damage is thrown (see isDamage) and the file left where it is: the caller knows how to salvage it. */
  readonly throwDamage?: boolean;
  /** Called when the file was damaged and moved aside; a new one is opened in its place. */
  readonly onDamaged?: (message: string) => void;
};

const DAMAGE = new Set([
  'SQLITE_CORRUPT',
  'SQLITE_NOTADB',
  'SQLITE_CORRUPT_VTAB',
  'SQLITE_CORRUPT_INDEX',
  'SQLITE_CORRUPT_SEQUENCE',
  'SQLITE_IOERR_SHORT_READ',
]);

export const isDamage = (error: unknown): boolean =>
  DAMAGE.has((error as { code?: string } | null)?.code ?? '');

/** An error that isDamage recognizes. */
export const damage = (message: string): Error =>
  Object.assign(new Error(message), { code: 'SQLITE_CORRUPT' });

export function openSqlite(options: OpenOptions): SqliteDatabase {
  try {
    return open(options);
  } catch (error) {
    if (isDamage(error) && !options.throwDamage && !options.readonly && existsSync(options.path)) {
      options.onDamaged?.(moveAside(options.path, messageOf(error)));
      return open(options);
    }
    throw explained(error, options.path);
  }
}

function open(options: OpenOptions): SqliteDatabase {
  if (!options.readonly) makeDirectory(dirname(options.path));
  const db = new Database(options.path, { readonly: options.readonly ?? false, timeout: 5_000 });
  try {
    if (options.readonly) {
      db.pragma('query_only = 1');
      return db;
    }
    if (options.pageSize) db.pragma(`page_size = ${options.pageSize}`);
    db.pragma('journal_mode = WAL');
    db.pragma(`synchronous = ${options.synchronous}`);
    db.pragma('foreign_keys = ON');
    const verdict = options.quickCheck === false ? 'ok' : db.pragma('quick_check(1)', { simple: true });
    if (verdict !== 'ok') throw damage(String(verdict));
    migrate(db, options.schema ?? []);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

function migrate(db: SqliteDatabase, steps: readonly SchemaStep[]): void {
  const done = db.pragma('user_version', { simple: true }) as number;
  if (done > steps.length && steps.length > 0) {
    throw new ExpectedError(
      'SCHEMA_TOO_NEW',
      `${db.name} was written by a newer minimon (schema ${done}, this one knows ${steps.length})`,
      { hint: 'Use the newer version, or another directory with --data DIR.' },
    );
  }
  for (let step = done; step < steps.length; step++) {
    db.transaction(() => {
      const run = steps[step]!;
      if (typeof run === 'string') db.exec(run);
      else run(db);
      db.pragma(`user_version = ${step + 1}`);
    })();
  }
}

/** mkdir -p. Node's own never returns where the system answers ENOENT below a parent that exists (/proc). */
export function makeDirectory(path: string): void {
  if (existsSync(path)) return;
  makeDirectory(dirname(path));
  mkdirSync(path);
}

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
    return () => held.close();
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
  const aside = `${path}.damaged-${new Date().toISOString().replace(/[:.]/g, '-')}`;
  for (const suffix of ['', '-wal', '-shm']) {
    if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix);
  }
  return aside;
}

/** Renames a damaged file and returns a sentence that says so. */
export function moveAside(path: string, why: string): string {
  const aside = renameDamaged(path);
  return `${path} is damaged (${why}); it was moved to ${aside} and replaced by a new one`;
}

function explained(error: unknown, path: string): unknown {
  const code = (error as { code?: string } | null)?.code ?? '';
  if (
    [
      'SQLITE_CANTOPEN',
      'SQLITE_READONLY',
      'EACCES',
      'EROFS',
      'ENOTDIR',
      'EPERM',
      'SQLITE_READONLY_DIRECTORY',
    ].includes(code)
  ) {
    return new ExpectedError('DIR_NOT_WRITABLE', `cannot write ${path}: ${messageOf(error)}`, {
      hint: 'Give a directory this user can write with --data DIR.',
      cause: error,
    });
  }
  return error;
}
