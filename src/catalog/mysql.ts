// The catalog on MySQL 8+ or MariaDB 10.6+, for several manage daemons at once.

import { createHash } from 'node:crypto';
import { Kysely, MysqlDialect, sql } from 'kysely';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import { type Clock, systemClock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import { createAcknowledgementRecords } from './acknowledgements.ts';
import { createAlertConfigurationRecords } from './alert-configuration.ts';
import { createAlertHistory } from './alert-history.ts';
import { createAlertStates } from './alert-states.ts';
import { createAuditLog } from './audit.ts';
import type { Catalog } from './catalog.ts';
import { createCatalogDatabase, type Engine } from './database.ts';
import { createEnrolments } from './enrolments.ts';
import { createInventory } from './inventory.ts';
import { createMysqlPool, type MysqlCatalogOptions } from './mysql-pool.ts';
import { createNotifications } from './notifications.ts';
import { type CatalogTables, MYSQL_WORDS, migrate } from './schema.ts';
import { createTokens } from './tokens.ts';
import { createWarnLease } from './warn-lease.ts';

const LOCK_ATTEMPT_SECONDS = 5;
const LOCK_ATTEMPTS = 12;

// Numbers, since MySQL and MariaDB name some errors differently.
const RETRYABLE = new Set([
  1020, // MariaDB: the record changed since it was read
  1062, // duplicate key: somebody else added the host just now
  1205, // waited too long for a lock
  1213, // deadlock
]);
const NOT_CONFIGURED = new Set([1044, 1045, 1049, 1142, 1251, 1698]);
const READ_ONLY = new Set([1290, 1836]);
const FULL = new Set([1021, 1114]);
const CANNOT_NOW = new Set([1040, 1041, 1053, 1158, 1159, 1160, 1161, 1203, 1317, 1927]);

/**
 * Tables are made in `database`, which must exist. A server that is unreachable does not stop the start: the catalog is
 * unhealthy until it is back. BAD_CONFIG for a user, password or database that the server does not know.
 */
export async function openMysqlCatalog(
  options: MysqlCatalogOptions & { readonly logger: Logger; readonly clock?: Clock },
): Promise<Catalog> {
  const { logger, clock = systemClock, ...access } = options;
  const pool = await createMysqlPool(access);
  const db = new Kysely<CatalogTables>({ dialect: new MysqlDialect({ pool }) });
  const database = createCatalogDatabase(db, { engine: engineOf(access, clock), clock });
  let stopping: Promise<void> | undefined;
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
    unhealthy: () => (stopping ? 'the catalog is stopping' : database.unhealthy()),
    // The pool is ended by hand: destroying does nothing where no query was made.
    stop: () => (stopping ??= new Promise((resolve) => pool.end(() => resolve()))),
  };
  try {
    await catalog.inventory.list({ limit: 1 });
  } catch (error) {
    if (!(error instanceof ExpectedError && error.kind === 'unavailable')) {
      await catalog.stop();
      throw error;
    }
    logger.warn(
      { error: error.message },
      'MySQL (the catalog) cannot be used yet: starting anyway, each request tries again',
    );
  }
  return catalog;
}

function engineOf({ host, port, user, database }: MysqlCatalogOptions, clock: Clock): Engine {
  const where = `the catalog (database ${database} at ${host}:${port})`;
  return {
    locksRows: true,
    async nowMs(db) {
      const { rows } = await sql<{
        ms: unknown;
      }>`SELECT TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(3)) DIV 1000 AS ms`.execute(db);
      return Number(rows[0]!.ms);
    },
    isRetryable: (error) => RETRYABLE.has(errnoOf(error)),
    explain(error) {
      if (error instanceof ExpectedError) return error;
      const errno = errnoOf(error);
      if (NOT_CONFIGURED.has(errno)) {
        return new ExpectedError('BAD_CONFIG', `${where} refuses the user ${user}: ${messageOf(error)}`, {
          hint: 'Check catalog.user, catalog.password and catalog.database; the database must exist.',
          cause: error,
        });
      }
      if (READ_ONLY.has(errno)) {
        return new ExpectedError('UNAVAILABLE', `${where} is read-only: ${messageOf(error)}`, {
          hint: 'Enable writes (SET GLOBAL read_only = 0), or set catalog.host to the primary. Reads still work.',
          cause: error,
        });
      }
      if (FULL.has(errno)) {
        return new ExpectedError('UNAVAILABLE', `${where} is out of disk space: ${messageOf(error)}`, {
          hint: "Free space on the database's disk; the next request retries.",
          cause: error,
        });
      }
      if (!isConnectionError(error) && !CANNOT_NOW.has(errno) && !RETRYABLE.has(errno)) return error;
      return new ExpectedError('UNAVAILABLE', `${where} does not answer: ${reasonOf(error)}`, {
        hint: 'Start the database or look at its log; the next request retries.',
        cause: error,
      });
    },
    prepare: (db) =>
      db.connection().execute(async (connection) => {
        const lock = lockName(database);
        await takeLock(connection, lock);
        try {
          await migrate(connection, { words: MYSQL_WORDS, nowMs: clock.nowMs() });
        } finally {
          await sql`SELECT RELEASE_LOCK(${lock})`.execute(connection);
        }
      }),
  };
}

async function takeLock(connection: Kysely<CatalogTables>, lock: string): Promise<void> {
  // In short attempts, each below the query timeout.
  for (let attempt = 0; attempt < LOCK_ATTEMPTS; attempt++) {
    const { rows } = await sql<{
      got: number | null;
    }>`SELECT GET_LOCK(${lock}, ${LOCK_ATTEMPT_SECONDS}) AS got`.execute(connection);
    if (Number(rows[0]?.got) === 1) return;
  }
  throw new ExpectedError('UNAVAILABLE', 'another process has been migrating the catalog for a minute', {
    hint: `Wait for it, or find who holds the lock ${lock}.`,
  });
}

/** Locks belong to the whole server, at most 64 characters long: the database's name keeps two catalogs apart. */
const lockName = (database: string): string =>
  `minimon.migrate.${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;

const errnoOf = (error: unknown): number => {
  const errno = (error as { errno?: unknown } | null)?.errno;
  return typeof errno === 'number' ? errno : 0;
};

/** Errors of the server have an sqlState; what has none and is fatal, or names a system call, never reached it. */
function isConnectionError(error: unknown): boolean {
  const { fatal, syscall, code, sqlState, message } = (error ?? {}) as Record<string, unknown>;
  if (typeof sqlState === 'string' && sqlState !== '') return false;
  return (
    fatal === true ||
    typeof syscall === 'string' ||
    /^(E[A-Z]+|PROTOCOL_[A-Z_]+)$/.test(String(code ?? '')) ||
    /closed state|Pool is closed/.test(String(message ?? ''))
  );
}

// A refused connection to a name with several addresses is an AggregateError without a message.
const reasonOf = (error: unknown): string =>
  messageOf(error) || String((error as { code?: unknown } | null)?.code ?? 'no reason was given');
