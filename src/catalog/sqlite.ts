// The catalog in one SQLite file, for one machine.
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { directoryId, type Owner } from '../runtime/directory-id.ts';
import { makeDataDirectory } from '../runtime/directory-lock.ts';
import { openEndMark } from '../runtime/end-mark.ts';
import type { Logger } from '../runtime/logging.ts';
import { isMissing, openSqlite, renameDamaged, type SqliteDatabase } from '../runtime/sqlite.ts';
import { damage, isDamage } from '../runtime/sqlite-damage.ts';
import { createAcknowledgementRecords } from './acknowledgements.ts';
import { createAlertConfigurationRecords } from './alert-configuration.ts';
import { createAlertHistory } from './alert-history.ts';
import { createAlertStates } from './alert-states.ts';
import { createAuditLog } from './audit.ts';
import type { Catalog } from './catalog.ts';
import { createCatalogDatabase, type Engine } from './database.ts';
import { createEnrolments } from './enrolments.ts';
import { createInventory } from './inventory.ts';
import { createNotifications } from './notifications.ts';
import { type CatalogTables, migrate, SQLITE_WORDS } from './schema.ts';
import { copyBeforeMigration, hasCopies, keepCopies, restoreCopy, wholeCopy } from './sqlite-copies.ts';
import { damagedRows, keepSums, restoreRows, SUM_FUNCTIONS } from './sqlite-sums.ts';
import { createTokens } from './tokens.ts';
import { createWarnLease } from './warn-lease.ts';

/**
 * `path` is the file. One that is damaged, empty or gone is replaced by its newest copy that is whole, which the log
 * says; without a copy a new catalog begins.
 */
export async function openSqliteCatalog(options: {
  readonly path: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}): Promise<Catalog> {
  const { path, logger, clock = systemClock } = options;
  makeDataDirectory(dirname(path));
  // Made with the first catalog: without it a file that is gone would be taken for one that never was.
  const mark = openEndMark(path.replace(/(?:\.sqlite)?$/, '.end'), (message) => logger.error(message));
  const owner = directoryId(dirname(path), (message) => logger.error(message));
  const wasThere = mark.found !== undefined || hasCopies(path);
  const file = openChecked(path, { logger, owner, wasThere });
  const newest = newestChange(file);
  const wasNewest = mark.found?.[1] ?? 0;
  if (newest < wasNewest) {
    logger.error(
      { path },
      `${path} is an older copy: it ends with change ${newest} of ${wasNewest}. What was changed after that is lost; look at hosts list, alerts list, receivers list, tokens list --ended (tokens that were revoked count again) and hosts enrolled, and make it again`,
    );
  }
  const keepNewest = () => mark.keep([1, newestChange(file)]);
  keepNewest();
  const db = new Kysely<CatalogTables>({ dialect: new SqliteDialect({ database: keepingStatements(file) }) });
  const database = createCatalogDatabase(db, { engine: engineOf(file, { clock, logger }), clock });
  let copies: ReturnType<typeof keepCopies> | undefined;
  const audit = createAuditLog(database);
  const catalog: Catalog = {
    inventory: createInventory(database, { clock, audit }),
    audit,
    alertConfiguration: createAlertConfigurationRecords(database, clock),
    alertStates: createAlertStates(database, clock),
    acknowledgements: createAcknowledgementRecords(database),
    alertHistory: createAlertHistory(database),
    notifications: createNotifications(database, clock),
    warnLease: createWarnLease(database),
    tokens: createTokens(database, clock),
    enrolments: createEnrolments(database, clock),
    unhealthy: database.unhealthy,
    stop: async () => {
      await copies?.stop();
      copies = undefined;
      // Destroying does nothing before the first query: the file is closed by hand.
      await db.destroy();
      if (file.open) keepNewest();
      file.close();
      mark.close();
    },
  };
  try {
    // Migrates now, so that a file of a newer version stops the start and not the first request.
    await catalog.inventory.list({ limit: 1 });
    keepSums(file);
    copies = keepCopies(file, {
      ...{ path, clock },
      onChanged: keepNewest,
      onError: (message) => logger.warn(message),
    });
  } catch (error) {
    await catalog.stop();
    throw error;
  }
  return catalog;
}

/** Kysely prepares each query again, which takes as long as most of them. */
const STATEMENTS_KEPT = 200;

function keepingStatements(file: SqliteDatabase): Pick<SqliteDatabase, 'prepare' | 'close'> {
  const kept = new Map<string, ReturnType<SqliteDatabase['prepare']>>();
  return {
    close: () => file.close(),
    prepare(sql: string) {
      const known = kept.get(sql);
      if (known) return known;
      if (kept.size >= STATEMENTS_KEPT) kept.clear();
      const made = file.prepare(sql);
      kept.set(sql, made);
      return made;
    },
  } as Pick<SqliteDatabase, 'prepare' | 'close'>;
}

/** The newest entry of the audit log, where every change is. */
function newestChange(file: SqliteDatabase): number {
  const hasAudit = file.prepare("SELECT count(*) FROM sqlite_master WHERE name = 'audit'").pluck().get();
  return hasAudit ? Number(file.prepare('SELECT coalesce(max(id), 0) FROM audit').pluck().get()) : 0;
}

/** Its pages and rows are checked: it is small, and what people typed is nowhere else. */
function openChecked(
  path: string,
  { logger, owner, wasThere }: { readonly logger: Logger; readonly owner: Owner; readonly wasThere: boolean },
): SqliteDatabase {
  const open = () =>
    openSqlite({ path, synchronous: 'full', throwDamage: true, owner, functions: SUM_FUNCTIONS });
  let file: SqliteDatabase;
  try {
    // One that was not there before is just being made, here or by somebody else.
    if (wasThere && isMissing(path)) throw damage('the file is missing or empty');
    file = open();
    file.pragma('recursive_triggers = ON');
    repairRows(file, { path, logger });
    return file;
  } catch (error) {
    if (!isDamage(error)) throw error;
    replaceFile(path, { logger, why: messageOf(error) });
    file = open();
    file.pragma('recursive_triggers = ON');
    return file;
  }
}

function replaceFile(path: string, { logger, why }: { readonly logger: Logger; readonly why: string }): void {
  const aside = existsSync(path) ? ` It was moved to ${renameDamaged(path)}.` : '';
  const copy = wholeCopy(path);
  if (copy) restoreCopy(copy, path);
  logger.error(
    { path },
    copy
      ? `${path} is damaged (${why}).${aside} It was replaced by the copy of ${formatInstant(copy.madeMs)}: what was changed after that is lost; look at hosts list, alerts list, receivers list, tokens list --ended (tokens that were revoked count again) and hosts enrolled, and make it again`
      : `${path} is damaged (${why}).${aside} There is no copy of it that is whole: its hosts, locations and alert rules are lost. Stop minimon and put a copy of your own in its place, or assign the hosts again`,
  );
}

function repairRows(
  file: SqliteDatabase,
  { path, logger }: { readonly path: string; readonly logger: Logger },
): void {
  const rows = damagedRows(file);
  if (rows.length === 0) return;
  const copy = wholeCopy(path);
  const db = copy && openSqlite({ path: copy.path, synchronous: 'normal', functions: SUM_FUNCTIONS });
  try {
    const restored = new Set(restoreRows(file, rows, db));
    for (const row of rows) {
      logger.error(
        { path, table: row.table, row: row.row },
        restored.has(row)
          ? `a row of ${row.table} in ${path} is damaged (${row.text}); it is again as in the copy of ${formatInstant(copy!.madeMs)}`
          : `a row of ${row.table} in ${path} is damaged and lost (${row.text}); make it again`,
      );
    }
  } finally {
    db?.close();
  }
}

function engineOf(
  file: SqliteDatabase,
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): Engine {
  return {
    locksRows: false,
    // In one file on one machine: the machine's.
    nowMs: async () => clock.nowMs(),
    isRetryable: (error) => codeOf(error) === 'SQLITE_BUSY',
    explain(error) {
      if (!codeOf(error).startsWith('SQLITE_')) return error;
      if (codeOf(error).startsWith('SQLITE_CONSTRAINT')) return error;
      return new ExpectedError('UNAVAILABLE', `the catalog ${file.name} failed: ${messageOf(error)}`, {
        hint: 'Check free space and permissions on its disk, then retry.',
        cause: error,
      });
    },
    async prepare(db) {
      const copy = copyBeforeMigration(file, file.name);
      if (copy) logger.info({ copy }, 'migrating the catalog from an earlier version, after a backup');
      // Immediate: a second process that opens the file at the same time waits here and finds the work done.
      file.exec('BEGIN IMMEDIATE');
      try {
        await migrate(db, { words: SQLITE_WORDS, nowMs: clock.nowMs() });
        file.exec('COMMIT');
      } catch (error) {
        // A full disk has ended the transaction already; what ended it is what matters.
        if (file.inTransaction) file.exec('ROLLBACK');
        throw error;
      }
    },
  };
}

const codeOf = (error: unknown): string => String((error as { code?: unknown } | null)?.code ?? '');
