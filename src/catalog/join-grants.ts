// What join tokens are good for: how many hosts each may enrol, and where those are put.
import type { Tx } from './inventory-rows.ts';
import { fromBytes, toBytes } from './schema.ts';

export type JoinGrant = {
  /** Where hosts without a location are put. */
  readonly location?: string | undefined;
  /** How many it may enrol. */
  readonly hosts: number;
  readonly joined: number;
};

export async function grantOf(tx: Tx, tokenId: string): Promise<JoinGrant | undefined> {
  const rows = tx.selectFrom('join_grants').select('record').where('token_id', '=', toBytes(tokenId));
  const row = await rows.executeTakeFirst();
  return row && (JSON.parse(row.record) as JoinGrant);
}

export async function putGrant(tx: Tx, tokenId: string, grant: JoinGrant): Promise<void> {
  const [token_id, record] = [toBytes(tokenId), JSON.stringify(grant)];
  await tx.deleteFrom('join_grants').where('token_id', '=', token_id).execute();
  await tx.insertInto('join_grants').values({ token_id, record }).execute();
}

/** A join token puts no host into a location that has another name now, or none. */
export async function moveJoinGrants(tx: Tx, from: string, to: string | undefined): Promise<void> {
  const rows = await tx.selectFrom('join_grants').selectAll().execute();
  for (const { token_id, record } of rows) {
    const { location, ...grant } = JSON.parse(record) as JoinGrant;
    if (location === from) await putGrant(tx, fromBytes(token_id), { ...grant, ...(to && { location: to }) });
  }
}
