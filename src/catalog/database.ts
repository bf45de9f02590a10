// One way to run statements on whichever database: migrated before the first, transactions retried, errors explained.
import { type Kysely, sql, type Transaction } from 'kysely';
import { ExpectedError, messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { CatalogTables } from './schema.ts';

/** What the databases do differently. */
export type Engine = {
  /** Rows that a transaction read and is about to change are locked with FOR UPDATE. */
  readonly locksRows: boolean;
  /** The transaction lost against another one and may win when it is run again. */
  readonly isRetryable: (error: unknown) => boolean;
  /** Turns the driver's error into an ExpectedError where it is one a user can meet; else returns it as it is. */
  readonly explain: (error: unknown) => unknown;
  /** The clock that all processes of this database share. */
  readonly nowMs: (db: Kysely<CatalogTables>) => Promise<number>;
  /** Migrates; one process at a time. */
  readonly prepare: (db: Kysely<CatalogTables>) => Promise<void>;
};

export type CatalogDatabase = {
  readonly locksRows: boolean;
  /** The clock that all processes of this database share. */
  readonly nowMs: Engine['nowMs'];
  read<T>(work: (db: Kysely<CatalogTables>) => Promise<T>): Promise<T>;
  /** May run `work` more than once: it must not change anything outside the database. */
  transaction<T>(work: (tx: Transaction<CatalogTables>) => Promise<T>): Promise<T>;
  /** Why the last attempt failed, or undefined after one that worked. Calling it probes the database, at most every 5 s. */
  unhealthy(): string | undefined;
};

const ATTEMPTS = 5;
const PROBE_AFTER_MS = 5_000;

export function createCatalogDatabase(
  db: Kysely<CatalogTables>,
  { engine, clock }: { readonly engine: Engine; readonly clock: Clock },
): CatalogDatabase {
  let lastError: string | undefined;
  let prepared: Promise<void> | undefined;
  let triedMs = clock.monotonicMs();
  let probing = false;

  // A database that is unreachable at the start is prepared by the first statement that reaches it.
  function prepare(): Promise<void> {
    prepared ??= engine.prepare(db).catch((error) => {
      prepared = undefined;
      throw error;
    });
    return prepared;
  }

  async function tracked<T>(work: () => Promise<T>): Promise<T> {
    try {
      await prepare();
      const result = await work();
      lastError = undefined;
      return result;
    } catch (error) {
      const explained = engine.explain(error);
      const expected = explained instanceof ExpectedError;
      // HOST_EXISTS and the like are answers of a database that works.
      if (!expected || explained.kind === 'unavailable' || explained.kind === 'unreachable') {
        lastError = messageOf(explained);
      }
      throw explained;
    } finally {
      triedMs = clock.monotonicMs();
    }
  }

  // A daemon that is not ready gets no requests: without probes of its own it would stay unready.
  function probe(): void {
    if (probing || clock.monotonicMs() - triedMs < PROBE_AFTER_MS) return;
    probing = true;
    tracked(() => sql`SELECT 1`.execute(db))
      .catch(() => undefined)
      .finally(() => {
        probing = false;
      });
  }

  return {
    locksRows: engine.locksRows,
    nowMs: engine.nowMs,
    read: (work) => tracked(() => work(db)),
    transaction: (work) =>
      tracked(async () => {
        for (let attempt = 1; ; attempt++) {
          // A rollback that fails, since a full disk has ended the transaction already, must not hide what ended it.
          let cause: { readonly error: unknown } | undefined;
          const run = async (tx: Transaction<CatalogTables>) => {
            try {
              return await work(tx);
            } catch (error) {
              cause = { error };
              throw error;
            }
          };
          try {
            return await db.transaction().execute(run);
          } catch (thrown) {
            const { error } = cause ?? { error: thrown };
            if (attempt === ATTEMPTS || !engine.isRetryable(error)) throw error;
          }
        }
      }),
    unhealthy() {
      probe();
      return lastError;
    },
  };
}
