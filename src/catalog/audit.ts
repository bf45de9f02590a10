// The audit log: every change of the catalog, with actor, address and time, written in the same transaction.
import { sql, type Transaction } from 'kysely';
import { actorOf, currentCaller, UNNAMED_ACTOR } from '../runtime/caller.ts';
import type { CatalogDatabase } from './database.ts';
import { type CatalogTables, fromBytes, rowLimit, toBytes } from './schema.ts';

/** What became of one host, rule, receiver ... */
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

/** What was done in one transaction: one host, or ten thousand. */
export type AuditedChange = {
  /** The id of its first entry. */
  readonly id: number;
  readonly atMs: number;
  readonly actor: string;
  /** Of the client; undefined for what minimon did by itself, and before version 0.2. */
  readonly address: string | undefined;
  /** The change that this one took back. */
  readonly undoes: number | undefined;
  readonly entries: readonly Pick<AuditEntry, 'action' | 'subject' | 'detail'>[];
};

export type AuditFilter = {
  /** Changes before this one: pages go back in time. */
  readonly beforeId?: number | undefined;
  readonly limit: number;
  readonly host?: string | undefined;
  /** Changes in which a host came to it or left it. */
  readonly location?: string | undefined;
  readonly actor?: string | undefined;
  readonly sinceMs?: number | undefined;
};

export type AuditLog = {
  /** Newest first, each whole; fewer than `limit` only at the end, or where they have very many entries. */
  changes(
    filter: AuditFilter,
  ): Promise<{ readonly changes: readonly AuditedChange[]; readonly more: boolean }>;
  /** One change, or undefined. */
  change(id: number): Promise<AuditedChange | undefined>;
};

const ROWS_A_STATEMENT = 200;
const MAX_ACTOR_CHARS = 255;
/** The oldest entries beyond these are deleted: by their number and not by their age, since a clock may be wrong. */
const AUDIT_ENTRIES_KEPT = 1_000_000;
const TRIM_EVERY = 1_000;
/** A page of changes ends when it has so many entries, but never within a change. */
const ENTRIES_A_PAGE = 20_000;
/** Filters without an index look at so many entries a statement, then let others run. */
const ENTRIES_A_LOOK = 5_000;

export type AuditChange = Omit<AuditEntry, 'id' | 'atMs' | 'actor'>;

export async function recordChanges(
  tx: Transaction<CatalogTables>,
  record: {
    readonly actor: string;
    readonly atMs: number;
    readonly changes: readonly AuditChange[];
    readonly undoes?: number | undefined;
  },
): Promise<void> {
  const { changes, undoes, atMs } = record;
  if (changes.length === 0) return;
  // Who calls, where that is known; what the request says of it is no more than a note.
  const actor = actorOf(record.actor);
  const rowOf = ({ action, subject, detail }: AuditChange, changeId: number | null) => ({
    at_ms: atMs,
    actor: actor.slice(0, MAX_ACTOR_CHARS),
    action,
    subject: toBytes(subject),
    detail: JSON.stringify(detail),
    change_id: changeId,
    address: currentCaller()?.address ?? null,
  });
  const [first, ...rest] = changes;
  const head = {
    ...first!,
    detail: {
      ...first!.detail,
      ...(![actor, UNNAMED_ACTOR].includes(record.actor) && { said: record.actor.slice(0, MAX_ACTOR_CHARS) }),
      ...(undoes !== undefined && { undoes: `${undoes}` }),
    },
  };
  const { insertId } = await tx.insertInto('audit').values(rowOf(head, null)).executeTakeFirstOrThrow();
  const id = Number(insertId);
  for (let at = 0; at < rest.length; at += ROWS_A_STATEMENT) {
    const rows = rest.slice(at, at + ROWS_A_STATEMENT).map((change) => rowOf(change, id));
    await tx.insertInto('audit').values(rows).execute();
  }
  if (Math.floor((id + rest.length) / TRIM_EVERY) > Math.floor((id - 1) / TRIM_EVERY)) {
    await tx
      .deleteFrom('audit')
      .where('id', '<=', id + rest.length - AUDIT_ENTRIES_KEPT)
      .execute();
  }
}

export function createAuditLog(database: CatalogDatabase): AuditLog {
  /** Ids of changes that fit, newest first. */
  async function fitting(filter: AuditFilter): Promise<number[]> {
    const { beforeId, limit, host, location, actor, sinceMs } = filter;
    const headOf = sql<number>`COALESCE(change_id, id)`;
    const select = (from: number, to: number) =>
      database.read((db) => {
        let query = db.selectFrom('audit').select(headOf.as('head')).distinct().orderBy('head', 'desc');
        query = query.where('id', '>', from).where('id', '<=', to).limit(rowLimit(limit));
        if (host !== undefined)
          query = query.where('subject', '=', toBytes(host)).where('action', 'like', 'host.%');
        if (actor !== undefined) query = query.where('actor', '=', actor);
        if (sinceMs !== undefined) query = query.where('at_ms', '>=', sinceMs);
        if (location !== undefined) query = query.where(namesLocation(location));
        if (host === undefined && location === undefined) query = query.where('change_id', 'is', null);
        if (beforeId !== undefined) query = query.where(headOf, '<', beforeId);
        return query.execute();
      });
    const newest = await newestId(database);
    const top =
      host === undefined && location === undefined ? Math.min(newest, (beforeId ?? newest + 1) - 1) : newest;
    // Entries of a change may stand behind the first of the next one: all are looked at, from the newest.
    if (host !== undefined) return (await select(0, top)).map(({ head }) => Number(head));
    const found = new Set<number>();
    for (let to = top; to > 0 && found.size < limit; to -= ENTRIES_A_LOOK) {
      for (const { head } of await select(to - ENTRIES_A_LOOK, to)) found.add(Number(head));
      await new Promise(setImmediate);
    }
    return [...found].sort((a, b) => b - a).slice(0, limit);
  }

  async function changeOf(id: number): Promise<AuditedChange | undefined> {
    const rows = await database.read((db) =>
      db
        .selectFrom('audit')
        .selectAll()
        .where(({ or, eb }) => or([eb('id', '=', id), eb('change_id', '=', id)]))
        .orderBy('id')
        .execute(),
    );
    const [head] = rows;
    if (!head || Number(head.id) !== id || head.change_id !== null) return undefined;
    const { undoes, ...detail } = JSON.parse(head.detail) as Record<string, string>;
    return {
      id,
      atMs: Number(head.at_ms),
      actor: head.actor,
      address: head.address ?? undefined,
      undoes: undoes === undefined ? undefined : Number(undoes),
      entries: rows.map((row, i) => {
        const { action, subject, detail: own } = entryOf(row);
        return { action, subject, detail: i === 0 ? detail : own };
      }),
    };
  }

  return {
    async changes(filter) {
      const ids = await fitting({ ...filter, limit: filter.limit + 1 });
      const changes: AuditedChange[] = [];
      let entries = 0;
      let read = 0;
      for (const id of ids.slice(0, filter.limit)) {
        if (entries >= ENTRIES_A_PAGE) break;
        read++;
        const change = await changeOf(id);
        // Its first entry was deleted for its age.
        if (!change) continue;
        entries += change.entries.length;
        changes.push(change);
      }
      return { changes, more: read < ids.length && changes.length > 0 };
    },

    change: changeOf,
  };
}

async function newestId(database: CatalogDatabase): Promise<number> {
  const [row] = await database.read((db) =>
    db
      .selectFrom('audit')
      .select(({ fn }) => fn.max('id').as('id'))
      .execute(),
  );
  return Number(row?.id ?? 0);
}

type Row = {
  id: number;
  at_ms: number;
  actor: string;
  action: string;
  subject: Buffer;
  detail: string;
};

const entryOf = (row: Row): AuditEntry => ({
  id: Number(row.id),
  atMs: Number(row.at_ms),
  actor: row.actor,
  action: row.action,
  subject: fromBytes(row.subject),
  detail: JSON.parse(row.detail),
});

/** As bytes on every database: MySQL's texts are equal whatever their case. Quotes inside a value are escaped. */
function namesLocation(location: string) {
  const hexOf = (text: string) => Buffer.from(text).toString('hex').toUpperCase();
  const value = JSON.stringify(location);
  const [from, to] = [hexOf(`"from":${value}`), hexOf(`"to":${value}`)];
  return sql<boolean>`((action LIKE 'host.%' OR action LIKE 'location.%')
    AND (INSTR(HEX(detail), ${from}) > 0 OR INSTR(HEX(detail), ${to}) > 0 OR (action LIKE 'location.%' AND subject = ${toBytes(location)})))`;
}
