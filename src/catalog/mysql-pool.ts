// The settings of a catalog on MySQL or MariaDB, and mysql2's pool as kysely wants it, with the timeouts that it lacks.
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely';
import type { PoolConnection, Pool as RawPool } from 'mysql2';
import { z } from 'zod';
import { ExpectedError } from '../domain/errors.ts';
import { withTimeout } from '../runtime/timeout.ts';

export const mysqlCatalogOptions = z.strictObject({
  host: z.string().min(1).default('127.0.0.1').describe('Host of the MySQL or MariaDB server'),
  port: z.int().min(1).max(65_535).default(3306).describe('Port of the server'),
  user: z.string().min(1).describe('User that may create tables in the database'),
  password: z.string().default('').meta({ secret: true }).describe('Password of the user'),
  database: z.string().min(1).describe('Database that holds the catalog and nothing else'),
  connections: z.int().min(1).max(100).default(5).describe('Maximum connections of the pool'),
});
export type MysqlCatalogOptions = z.infer<typeof mysqlCatalogOptions>;

const ACQUIRE_TIMEOUT_MS = 5_000;
/** Above the server's own wait for a row lock, which gives a better error. */
const QUERY_TIMEOUT_MS = 10_000;
const LOCK_WAIT_SECONDS = 5;

const SESSION = [
  // Strict, so that bytes that do not fit are an error and not cut off, whatever the server's default is.
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_DATE,NO_ENGINE_SUBSTITUTION'`,
  `SET SESSION innodb_lock_wait_timeout = ${LOCK_WAIT_SECONDS}`,
  // Without locks on gaps: two that add different hosts do not wait for each other.
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
];

/** Loads the driver, connects to nothing yet. */
export async function createMysqlPool(options: MysqlCatalogOptions): Promise<MysqlPool> {
  // Bundled, a dynamic import of CommonJS has a default export alone.
  const { createPool } = (await import('mysql2')).default;
  const { connections, ...access } = options;
  const pool = createPool({
    ...access,
    connectionLimit: connections,
    connectTimeout: ACQUIRE_TIMEOUT_MS,
    charset: 'utf8mb4',
    timezone: 'Z',
    supportBigNumbers: true,
    // Lists of ids have many lengths, each its own prepared statement: the server's stock of them is limited.
    maxPreparedStatements: 200,
  });
  pool.on('connection', (connection) => {
    for (const statement of SESSION) connection.query(statement);
  });
  return {
    getConnection(callback) {
      acquire(pool).then(
        (connection) => callback(undefined, connection),
        (error) => callback(error, undefined as never),
      );
    },
    end: (callback) => pool.end(callback),
  };
}

async function acquire(pool: RawPool): Promise<MysqlPoolConnection> {
  const { promise, resolve, reject } = Promise.withResolvers<PoolConnection>();
  pool.getConnection((error, connection) => (error ? reject(error) : resolve(connection)));
  const connection = await withTimeout(ACQUIRE_TIMEOUT_MS, promise);
  if (connection) return bounded(connection);
  promise.then((late) => late.release()).catch(() => {});
  throw timedOut('gave no connection', ACQUIRE_TIMEOUT_MS);
}

function bounded(connection: PoolConnection): MysqlPoolConnection {
  async function query(sql: string, parameters: readonly unknown[]): Promise<MysqlQueryResult> {
    const { promise, resolve, reject } = Promise.withResolvers<MysqlQueryResult>();
    const answer = (error: unknown, rows: unknown) =>
      error ? reject(error) : resolve(rows as MysqlQueryResult);
    const values = parameters as (string | number | Buffer | null)[];
    // BEGIN and DDL cannot be prepared; values never travel inside the text.
    if (values.length === 0) connection.query(sql, answer);
    else connection.execute(sql, values, answer);
    const result = await withTimeout(QUERY_TIMEOUT_MS, promise);
    if (result) return result;
    // The answer may still come: nothing else can be asked over this connection.
    connection.destroy();
    throw timedOut('gave no answer', QUERY_TIMEOUT_MS);
  }
  return {
    config: connection.config,
    threadId: connection.threadId ?? 0,
    connect: () => {},
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query(sql, parameters, callback) {
      query(sql, parameters ?? []).then(
        (result) => callback?.(undefined, result),
        (error) => callback?.(error, []),
      );
      // Kysely streams through what is returned here; the catalog reads pages instead.
      return { stream: () => assertNoStreams() };
    },
  };
}

const timedOut = (what: string, limitMs: number) =>
  new ExpectedError('UNAVAILABLE', `the catalog ${what} within ${limitMs / 1_000} s`, {
    hint: 'The database is overloaded or unreachable; try again.',
  });

function assertNoStreams(): never {
  throw new Error('the catalog does not stream rows');
}
