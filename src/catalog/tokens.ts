// Tokens: name, scopes, expiry and hash of each. The secret is never stored.
import { ExpectedError } from '../domain/errors.ts';
import { formatInstant } from '../domain/instant.ts';
import { actorOf } from '../runtime/caller.ts';
import type { Clock } from '../runtime/clock.ts';
import { recordChanges } from './audit.ts';
import type { CatalogDatabase } from './database.ts';
import type { Tx } from './inventory-rows.ts';
import { type CatalogTables, fromBytes, toBytes } from './schema.ts';

export type TokenRecord = {
  /** Twelve hexadecimal digits; part of the token. */
  readonly id: string;
  /** Of all that may still be used, no two have the same. */
  readonly name: string;
  /** SHA-256 of the token. */
  readonly hash: Buffer;
  readonly scopes: readonly string[];
  readonly createdBy: string;
  readonly createdMs: number;
  /** Exclusive; undefined: it does not end by itself. */
  readonly endsMs: number | undefined;
  readonly revokedMs: number | undefined;
  /** As of some minutes ago; undefined: never. */
  readonly usedMs: number | undefined;
};

export type NewToken = Pick<TokenRecord, 'id' | 'name' | 'hash' | 'scopes' | 'endsMs'>;
export type TokenUse = { readonly id: string; readonly usedMs: number };

export type Tokens = {
  /** All there ever were, newest first. */
  list(): Promise<readonly TokenRecord[]>;
  /** Grows with each token that is added or revoked: cheap to ask for every second. */
  version(): Promise<number>;
  /** TOKEN_EXISTS where one of this name may still be used. */
  add(token: NewToken, actor: string): Promise<TokenRecord>;
  /** By name or id. Undefined where none is called so; one that is revoked already stays as it is. */
  revoke(name: string, actor: string): Promise<TokenRecord | undefined>;
  /** Later uses only. */
  used(uses: readonly TokenUse[]): Promise<void>;
};

/** Whether it opens anything at this time. */
export const isInForce = (token: Pick<TokenRecord, 'endsMs' | 'revokedMs'>, nowMs: number): boolean =>
  token.revokedMs === undefined && (token.endsMs === undefined || nowMs < token.endsMs);

export function createTokens(database: CatalogDatabase, clock: Clock): Tokens {
  type Db = Parameters<Parameters<CatalogDatabase['read']>[0]>[0];

  async function readVersion(db: Db): Promise<number> {
    const row = await db.selectFrom('token_version').select('version').executeTakeFirst();
    return Number(row?.version ?? 0);
  }

  async function readAll(db: Db): Promise<readonly TokenRecord[]> {
    const rows = await db.selectFrom('tokens').selectAll().execute();
    const tokens = rows.map(tokenOf);
    return tokens.sort((a, b) => b.createdMs - a.createdMs || (a.id < b.id ? -1 : 1));
  }

  const change = <T>(work: (tx: Tx) => Promise<T>) =>
    database.transaction(async (tx) => {
      await lockTokens(tx, database.locksRows);
      return work(tx);
    });

  return {
    list: () => database.read(readAll),
    version: () => database.read(readVersion),

    add: (token, actor) =>
      change(async (tx) => {
        const nowMs = clock.nowMs();
        await checkNameFree(tx, token.name, nowMs);
        const record = await insertToken(tx, token, { actor, nowMs });
        await recordChanges(tx, {
          ...{ actor, atMs: nowMs },
          changes: [{ action: 'token.add', subject: token.name, detail: tokenDetail(token) }],
        });
        return record;
      }),

    revoke: (nameOrId, actor) =>
      change(async (tx) => {
        const nowMs = clock.nowMs();
        const all = await readAll(tx);
        const named = all.filter(({ name, id }) => name === nameOrId || id === nameOrId);
        const inForce = named.filter((one) => isInForce(one, nowMs));
        const token = inForce[0] ?? named[0];
        if (!token || token.revokedMs !== undefined) return token;
        // Of an enrolled host that was just renewed there are two.
        const ended = inForce.length > 0 ? inForce : [token];
        await tx
          .updateTable('tokens')
          .set({ revoked_ms: nowMs })
          .where(
            'id',
            'in',
            ended.map(({ id }) => toBytes(id)),
          )
          .execute();
        await tokensChanged(tx);
        await recordChanges(tx, {
          ...{ actor, atMs: nowMs },
          changes: ended.map((one) => ({
            action: 'token.revoke',
            subject: one.name,
            detail: tokenDetail(one),
          })),
        });
        return { ...token, revokedMs: nowMs };
      }),

    used: (uses) =>
      database.transaction(async (tx) => {
        for (const { id, usedMs } of uses) {
          await tx
            .updateTable('tokens')
            .set({ used_ms: usedMs })
            .where('id', '=', toBytes(id))
            .where(({ or, eb }) => or([eb('used_ms', 'is', null), eb('used_ms', '<', usedMs)]))
            .execute();
        }
      }),
  };
}

/** Before any change of them: of two at once the second sees what the first one left. */
export async function lockTokens(tx: Tx, locksRows: boolean): Promise<void> {
  const row = tx.selectFrom('token_version').select('version');
  await (locksRows ? row.forUpdate() : row).executeTakeFirstOrThrow();
}

/** After `lockTokens`, with each change: daemons with an older version fetch all tokens again. */
async function tokensChanged(tx: Tx): Promise<void> {
  await tx
    .updateTable('token_version')
    .set(({ eb }) => ({ version: eb('version', '+', 1) }))
    .execute();
}

/** TOKEN_EXISTS where one of this name may still be used. */
export async function checkNameFree(tx: Tx, name: string, nowMs: number): Promise<void> {
  const rows = tx.selectFrom('tokens').selectAll().where('name', '=', toBytes(name));
  if (!(await rows.execute()).some((row) => isInForce(tokenOf(row), nowMs))) return;
  throw new ExpectedError('TOKEN_EXISTS', `token ${name} already exists`, {
    hint: `Choose another name, or revoke it: minimon tokens revoke ${name}`,
  });
}

/** After `lockTokens`. */
export async function insertToken(
  tx: Tx,
  token: NewToken,
  { actor, nowMs }: { readonly actor: string; readonly nowMs: number },
): Promise<TokenRecord> {
  const record = {
    ...token,
    createdBy: actorOf(actor),
    createdMs: nowMs,
    revokedMs: undefined,
    usedMs: undefined,
  };
  await tx.insertInto('tokens').values(rowOf(record)).execute();
  await tokensChanged(tx);
  return record;
}

export async function tokenById(tx: Tx, id: string): Promise<TokenRecord | undefined> {
  const row = await tx.selectFrom('tokens').selectAll().where('id', '=', toBytes(id)).executeTakeFirst();
  return row && tokenOf(row);
}

/** For the audit log. */
export const tokenDetail = ({ id, scopes, endsMs }: NewToken): Readonly<Record<string, string>> => ({
  id,
  scopes: scopes.join(' '),
  ...(endsMs !== undefined && { until: formatInstant(endsMs) }),
});

const rowOf = (token: TokenRecord): CatalogTables['tokens'] => ({
  id: toBytes(token.id),
  name: toBytes(token.name),
  hash: token.hash,
  scopes: JSON.stringify(token.scopes),
  created_by: token.createdBy,
  created_ms: token.createdMs,
  ends_ms: token.endsMs ?? null,
  revoked_ms: token.revokedMs ?? null,
  used_ms: token.usedMs ?? null,
});

const optionalMs = (ms: number | null): number | undefined => (ms === null ? undefined : Number(ms));

const tokenOf = (row: CatalogTables['tokens']): TokenRecord => ({
  id: fromBytes(row.id),
  name: fromBytes(row.name),
  hash: Buffer.from(row.hash),
  scopes: JSON.parse(row.scopes) as string[],
  createdBy: row.created_by,
  createdMs: Number(row.created_ms),
  endsMs: optionalMs(row.ends_ms),
  revokedMs: optionalMs(row.revoked_ms),
  usedMs: optionalMs(row.used_ms),
});
