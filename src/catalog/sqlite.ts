// The catalog in one SQLite file, for one machine.
import { dirname } from 'node:path';
import { Kysely, SqliteDialect } from 'kysely';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import { makeDataDirectory } from '../runtime/directory-lock.ts';
import { openEndMark } from '../runtime/end-mark.ts';
import type { Logger } from '../runtime/logging.ts';
import { isMissing, openSqlite, type SqliteDatabase } from '../runtime/sqlite.ts';
import { createAcknowledgementRecords } from './acknowledgements.ts';
import { createAlertConfigurationRecords } from './alert-configuration.ts';
import { createAlertHistory } from './alert-history.ts';
import { createAlertStates } from './alert-states.ts';
import { createAuditLog } from './audit.ts';
import type { Catalog } from './catalog.ts';
import { createCatalogDatabase, type Engine } from './database.ts';
import { createInventory } from './inventory.ts';
import { createNotifications } from './notifications.ts';
import { type CatalogTables, migrate, SQLITE_WORDS } from './schema.ts';
import { createWarnLease } from './warn-lease.ts';

/** `path` is the file. One that is damaged is moved aside, which the log says, and a new catalog begins. */
export async function openSqliteCatalog(options: {
  readonly path: string;
  readonly logger: Logger;
  readonly clock?: Clock;
}): Promise<Catalog> {
  const { path, logger, clock = systemClock } = options;
  const onDamaged = (message: string) =>
    logger.error(
      { path },
      `${message}. Its hosts and locations are no longer listed: restore a copy, or assign the hosts again`,
    );
  makeDataDirectory(dirname(path));
  // Made with the first catalog: without it a file that is gone would be taken for one that never was.
  const mark = openEndMark(path.replace(/(?:\.sqlite)?$/, '.end'), (message) => logger.error(message));
  if (mark.found && isMissing(path)) onDamaged(`${path} is missing or empty, and begins anew`);
  mark.keep([1]);
  mark.close();
  const file = openSqlite({ path, synchronous: 'full', onDamaged });
  // Each change goes into the file itself at once: what stands in a log alone goes with one bit of it.
  file.pragma('wal_autocheckpoint = 1');
  const db = new Kysely<CatalogTables>({ dialect: new SqliteDialect({ database: file }) });
  const database = createCatalogDatabase(db, { engine: engineOf(file, clock), clock });
  const catalog: Catalog = {
    inventory: createInventory(database, clock),
    audit: createAuditLog(database),
    alertConfiguration: createAlertConfigurationRecords(database, clock),
    alertStates: createAlertStates(database, clock),
    acknowledgements: createAcknowledgementRecords(database),
    alertHistory: createAlertHistory(database),
    notifications: createNotifications(database, clock),
    warnLease: createWarnLease(database),
    unhealthy: database.unhealthy,
    stop: async () => {
      // Destroying does nothing before the first query: the file is closed by hand.
      await db.destroy();
      file.close();
    },
  };
  try {
    // Migrates now, so that a file of a newer version stops the start and not the first request.
    await catalog.inventory.list({ limit: 1 });
  } catch (error) {
    await catalog.stop();
    throw error;
  }
  return catalog;
}

function engineOf(file: SqliteDatabase, clock: Clock): Engine {
  return {
    locksRows: false,
    // In one file on one machine: the machine's.
    nowMs: async () => clock.nowMs(),
    isRetryable: (error) => codeOf(error) === 'SQLITE_BUSY',
    explain(error) {
      if (!codeOf(error).startsWith('SQLITE_')) return error;
      if (codeOf(error).startsWith('SQLITE_CONSTRAINT')) return error;
      return new ExpectedError('UNAVAILABLE', `the catalog ${file.name} failed: ${messageOf(error)}`, {
        hint: 'Look at the free space and the rights of its disk, then try again.',
        cause: error,
      });
    },
    async prepare(db) {
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
