// Backups of the catalog beside it: the only file with user input. Made online, verified before use.
import { copyFileSync, existsSync, renameSync, rmSync, statSync } from 'node:fs';
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { emptyLog, openSqlite, type SqliteDatabase } from '../runtime/sqlite.ts';
import { missingSteps } from './schema.ts';
import { damagedRows, SUM_FUNCTIONS } from './sqlite-sums.ts';

/** The newest, and one that is up to a day older: what is damaged unseen is copied, too. */
const NEWEST = '.copy';
const OLDER = '.copy-1';
const OLDER_AFTER_MS = 86_400_000;
/** A change is in the write-ahead log alone for so long; to write it back with each commit takes as many flushes again. */
const LOOK_EVERY_MS = 1_000;
const COPY_EVERY_MS = 15_000;
/** Each 4 MB a minute. */
const PAUSE_MS_A_BYTE = 60_000 / 4_194_304;
const PAGES_AT_ONCE = 64;

export type CatalogCopy = { readonly path: string; readonly madeMs: number };

/** Whether there was a catalog there before. */
export const hasCopies = (path: string): boolean => existsSync(path + NEWEST) || existsSync(path + OLDER);

/** The newest copy that is whole, or undefined. */
export function wholeCopy(path: string): CatalogCopy | undefined {
  for (const copy of [path + NEWEST, path + OLDER]) {
    if (!existsSync(copy)) continue;
    try {
      const db = openSqlite({
        path: copy,
        synchronous: 'normal',
        throwDamage: true,
        functions: SUM_FUNCTIONS,
      });
      try {
        if (damagedRows(db).length === 0) return { path: copy, madeMs: statSync(copy).mtimeMs };
      } finally {
        db.close();
      }
    } catch {
      // The older one, then.
    }
  }
  return undefined;
}

export function restoreCopy(copy: CatalogCopy, path: string): void {
  for (const end of ['-wal', '-shm']) rmSync(path + end, { force: true });
  copyFileSync(copy.path, path);
}

/**
 * A copy of a catalog of an earlier version, for whoever wants to go back to that: `<path>.before-<step>`, the first step
 * of the migrations that are due. Returns its path, or undefined where there is nothing to migrate. It is not replaced by
 * any later one; a disk without room for it ends the start, and the catalog stays as it was.
 */
export function copyBeforeMigration(db: SqliteDatabase, path: string): string | undefined {
  const isNew =
    db.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'migrations'").pluck().get() === 0;
  const done = isNew ? [] : (db.prepare('SELECT name FROM migrations').pluck().all() as string[]);
  const [due] = missingSteps(done);
  if (done.length === 0 || due === undefined) return undefined;
  const copy = `${path}.before-${due}`;
  // Of a migration that failed: it is of the same version.
  rmSync(copy, { force: true });
  try {
    db.prepare('VACUUM INTO ?').run(copy);
  } catch (error) {
    rmSync(copy, { force: true });
    throw error;
  }
  return copy;
}

/** Copies it when it was opened, then while it changes, and once more when it stops. */
export function keepCopies(
  db: SqliteDatabase,
  options: {
    readonly path: string;
    readonly clock: Clock;
    /** Soon after each change. */
    readonly onChanged: () => void;
    readonly onError: (message: string) => void;
  },
): { stop(): Promise<void> } {
  const { path, clock, onChanged, onError } = options;
  const stopping = new AbortController();
  const totalChanges = db.prepare<[], number>('SELECT total_changes()').pluck();
  const changes = () => totalChanges.get()!;
  let copied = -1;
  let dueMs = 0;
  let failed = false;

  async function copy(): Promise<void> {
    const now = changes();
    if (now === copied) return;
    try {
      const temporary = `${path}${NEWEST}.new`;
      rmSync(temporary, { force: true });
      await db.backup(temporary, { progress: () => PAGES_AT_ONCE });
      const older = statSync(path + OLDER, { throwIfNoEntry: false });
      const isOld = !older || clock.nowMs() - older.mtimeMs > OLDER_AFTER_MS;
      if (isOld && existsSync(path + NEWEST)) renameSync(path + NEWEST, path + OLDER);
      renameSync(temporary, path + NEWEST);
      copied = now;
      failed = false;
    } catch (error) {
      if (!failed) onError(`backing up the catalog ${path} failed: ${messageOf(error)}`);
      failed = true;
    }
    dueMs = clock.monotonicMs() + Math.max(COPY_EVERY_MS, statSync(path).size * PAUSE_MS_A_BYTE);
  }

  async function run(): Promise<void> {
    for (let seen = -1; ; ) {
      const now = changes();
      // What is in the write-ahead log alone is lost with one bit of it.
      if (now !== seen) {
        emptyLog(db);
        onChanged();
      }
      seen = now;
      if (clock.monotonicMs() >= dueMs) await copy();
      await clock.sleep(LOOK_EVERY_MS, stopping.signal);
    }
  }
  const running = run().catch((error) => {
    if (!stopping.signal.aborted) onError(`backups of the catalog ${path} stopped: ${messageOf(error)}`);
  });
  return {
    async stop() {
      stopping.abort();
      await running;
      await copy();
    },
  };
}
