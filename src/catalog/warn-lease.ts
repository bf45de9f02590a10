// The lease of the active warn: one row that expires by the database's clock, and a fencing token that grows
// with each holder, so that a suspended former holder cannot overwrite the work of the next.
import type { Transaction } from 'kysely';
import { ExpectedError } from '../domain/errors.ts';
import type { CatalogDatabase } from './database.ts';
import type { CatalogTables } from './schema.ts';

/** A lease that is not renewed for this long is free. */
export const LEASE_MS = 6_000;

export type LeaseRow = {
  /** Empty before the first one, and after a release. */
  readonly holder: string;
  readonly fence: number;
  /** 0 when it is free. */
  readonly leftMs: number;
};

export type WarnLease = {
  read(): Promise<LeaseRow>;
  /** Wins the lease if it is free, or the holder's already: then `won`, with a new fence. */
  acquire(holder: string): Promise<LeaseRow & { readonly won: boolean }>;
  /** False if another warn holds the lease. An expired lease without a new holder is renewed. */
  renew(fence: number): Promise<boolean>;
  /** The next one need not wait. Nothing happens where it is another one's. */
  release(fence: number): Promise<void>;
};

type Tx = Transaction<CatalogTables>;

export function createWarnLease(database: CatalogDatabase): WarnLease {
  async function rowOf(tx: Tx): Promise<LeaseRow> {
    const row = await lockedRow(database, tx);
    const leftMs = row.expires_ms - (await database.nowMs(tx));
    // A clock that was set back must not keep the lease of one that is gone.
    const isFree = leftMs <= 0 || leftMs > LEASE_MS;
    return { holder: row.holder, fence: row.fence, leftMs: isFree ? 0 : leftMs };
  }

  const write = (tx: Tx, values: Partial<{ holder: string; fence: number; expires_ms: number }>) =>
    tx.updateTable('warn_lease').set(values).execute();

  return {
    read: () => database.transaction(rowOf),
    acquire: (holder) =>
      database.transaction(async (tx) => {
        const row = await rowOf(tx);
        if (row.leftMs > 0 && row.holder !== holder) return { ...row, won: false };
        const fence = row.fence + 1;
        await write(tx, { holder, fence, expires_ms: (await database.nowMs(tx)) + LEASE_MS });
        return { holder, fence, leftMs: LEASE_MS, won: true };
      }),
    renew: (fence) =>
      database.transaction(async (tx) => {
        if ((await lockedRow(database, tx)).fence !== fence) return false;
        await write(tx, { expires_ms: (await database.nowMs(tx)) + LEASE_MS });
        return true;
      }),
    release: (fence) =>
      database.transaction(async (tx) => {
        if ((await lockedRow(database, tx)).fence === fence) await write(tx, { holder: '', expires_ms: 0 });
      }),
  };
}

/** Keeps other warns from writing until the transaction ends. LEASE_LOST unless the lease has this fence. */
export async function lockFence(database: CatalogDatabase, tx: Tx, fence?: number): Promise<void> {
  const row = await lockedRow(database, tx);
  if (fence === undefined || row.fence === fence) return;
  throw new ExpectedError(
    'LEASE_LOST',
    `the lease is ${row.holder || 'another one'}'s now: nothing was written`,
  );
}

async function lockedRow({ locksRows }: CatalogDatabase, tx: Tx) {
  const query = tx.selectFrom('warn_lease').selectAll();
  const row = await (locksRows ? query.forUpdate() : query).executeTakeFirstOrThrow();
  return { holder: row.holder, fence: Number(row.fence), expires_ms: Number(row.expires_ms) };
}
