// mysql2's pool as kysely wants it, with the bounds that it lacks: waiting for a connection and for an answer both end.
import type { MysqlPool, MysqlPoolConnection, MysqlQueryResult } from 'kysely';
import type { PoolConnection, Pool as RawPool } from 'mysql2';
import { ExpectedError } from '../domain/errors.ts';
import type { MysqlCatalogOptions } from './options.ts';

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

type Done = (error: unknown, result: MysqlQueryResult) => void;

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
    getConnection: (callback) =>
      acquire(pool, (error, connection) =>
        callback(error, (connection && bounded(connection)) as MysqlPoolConnection),
      ),
    end: (callback) => pool.end(callback),
  };
}

function acquire(pool: RawPool, callback: (error: unknown, connection?: PoolConnection) => void): void {
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    callback(
      new ExpectedError(
        'UNAVAILABLE',
        `the catalog gave no connection within ${ACQUIRE_TIMEOUT_MS / 1000} s`,
        {
          hint: 'The database is overloaded or away; try again.',
        },
      ),
    );
  }, ACQUIRE_TIMEOUT_MS);
  pool.getConnection((error, connection) => {
    clearTimeout(timer);
    if (!late) callback(error, connection);
    else if (!error) connection.release();
  });
}

function bounded(connection: PoolConnection): MysqlPoolConnection {
  function query(sql: string, parameters: readonly unknown[], callback: Done): void {
    let answered = false;
    const answer: Done = (error, result) => {
      clearTimeout(timer);
      if (!answered) callback(error, result);
      answered = true;
    };
    const timer = setTimeout(() => {
      // The answer may still come: nothing else can be asked over this connection.
      connection.destroy();
      const error = new ExpectedError(
        'UNAVAILABLE',
        `the catalog gave no answer within ${QUERY_TIMEOUT_MS / 1000} s`,
        { hint: 'The database is overloaded or away; try again.' },
      );
      answer(error, []);
    }, QUERY_TIMEOUT_MS);
    const values = parameters as (string | number | Buffer | null)[];
    // BEGIN and DDL cannot be prepared; values never travel inside the text.
    if (values.length === 0) connection.query(sql, (error, rows) => answer(error, rows as MysqlQueryResult));
    else connection.execute(sql, values, (error, rows) => answer(error, rows as MysqlQueryResult));
  }
  return {
    config: connection.config,
    threadId: connection.threadId ?? 0,
    connect: () => {},
    destroy: () => connection.destroy(),
    release: () => connection.release(),
    query: (sql, parameters, callback) => {
      query(sql, parameters ?? [], callback as Done);
      // Kysely streams through what is returned here; the catalog reads pages instead.
      return { stream: () => assertNoStreams() };
    },
  };
}

function assertNoStreams(): never {
  throw new Error('the catalog does not stream rows');
}
