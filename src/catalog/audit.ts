// The audit log: every change of the catalog, who made it and when, written in the change's own transaction.
import type { Transaction } from 'kysely';
import type { CatalogDatabase } from './database.ts';
import { type CatalogTables, fromBytes, rowLimit, toBytes } from './schema.ts';

/** One change of the catalog. */
export type AuditEntry = {
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  /** host.add, host.move, rule.add, receiver.remove ... */
  readonly action: string;
  /** What was changed: a host id, a rule's name ... */
  readonly subject: string;
  /** Such as from and to: the locations before and after. Never a secret. */
  readonly detail: Readonly<Record<string, string>>;
};

/** Written with every change; read by tests until `minimon audit` lists it. */
export type AuditLog = {
  /** Oldest first, after the entry `afterId`. */
  list(query: { readonly afterId?: number; readonly limit: number }): Promise<readonly AuditEntry[]>;
};

const ROWS_A_STATEMENT = 200;
const MAX_ACTOR_CHARS = 255;

export type AuditChange = Omit<AuditEntry, 'id' | 'atMs' | 'actor'>;

export async function recordChanges(
  tx: Transaction<CatalogTables>,
  record: { readonly actor: string; readonly atMs: number; readonly changes: readonly AuditChange[] },
): Promise<void> {
  const actor = record.actor.slice(0, MAX_ACTOR_CHARS);
  for (let at = 0; at < record.changes.length; at += ROWS_A_STATEMENT) {
    const rows = record.changes.slice(at, at + ROWS_A_STATEMENT).map((change) => ({
      at_ms: record.atMs,
      actor,
      action: change.action,
      subject: toBytes(change.subject),
      detail: JSON.stringify(change.detail),
    }));
    await tx.insertInto('audit').values(rows).execute();
  }
}

export function createAuditLog(database: CatalogDatabase): AuditLog {
  return {
    async list({ afterId = 0, limit }) {
      const rows = await database.read((db) =>
        db
          .selectFrom('audit')
          .selectAll()
          .where('id', '>', afterId)
          .orderBy('id')
          .limit(rowLimit(limit))
          .execute(),
      );
      return rows.map((row) => ({
        id: Number(row.id),
        atMs: Number(row.at_ms),
        actor: row.actor,
        action: row.action,
        subject: fromBytes(row.subject),
        detail: JSON.parse(row.detail),
      }));
    },
  };
}
