// The credentials of enrolled hosts, which are tokens: issued, asked for again, renewed, revoked.
import { createHash } from 'node:crypto';
import { ExpectedError } from '../domain/errors.ts';
import { actorOf } from '../runtime/caller.ts';
import type { TokenText } from '../runtime/token.ts';
import { shownTokenId } from '../runtime/token.ts';
import type { CurrentMachine } from './enrolment-places.ts';
import type { Tx } from './inventory-rows.ts';
import { toBytes } from './schema.ts';
import { insertToken, isInForce, tokenById } from './tokens.ts';

const MAX_NAME_BYTES = 128;

/** What the audit log calls an enrolled host; by itself, so that no host can call itself as an operator. */
function agentName(hostId: string): string {
  const name = Buffer.from(`agent ${hostId}`);
  if (name.length <= MAX_NAME_BYTES) return name.toString();
  // Long names that begin alike stay different.
  const hash = `~${createHash('sha256').update(hostId).digest('hex').slice(0, 8)}`;
  const head = name.subarray(0, MAX_NAME_BYTES - hash.length).toString();
  return head.replace(/\ufffd+$/, '') + hash;
}

export async function issue(
  tx: Tx,
  host: {
    readonly hostId: string;
    readonly credential: TokenText;
    readonly endsMs: number;
    readonly nowMs: number;
  },
): Promise<void> {
  const { hostId, credential, endsMs, nowMs } = host;
  const { id, hash } = credential;
  if (await tokenById(tx, id)) {
    throw new ExpectedError('TOKEN_EXISTS', `token ${shownTokenId(id)} already exists`, {
      hint: 'Generate another credential.',
    });
  }
  const token = { id, hash, name: agentName(hostId), scopes: [`report:${hostId}`], endsMs };
  await insertToken(tx, token, { actor: actorOf(undefined), nowMs });
}

/** Whether it has this credential already: the answer to the request before was lost. */
export async function isRepeated(
  tx: Tx,
  { tokenId }: CurrentMachine,
  { credential, nowMs }: { readonly credential: TokenText; readonly nowMs: number },
): Promise<boolean> {
  if (tokenId !== credential.id) return false;
  const token = await tokenById(tx, credential.id);
  return token !== undefined && isInForce(token, nowMs) && token.hash.equals(credential.hash);
}

/** The current one ends soon, and the one before it at once. */
export async function supersede(
  tx: Tx,
  { tokenId, previousId, untilMs }: CurrentMachine & { readonly untilMs: number },
): Promise<void> {
  if (previousId !== undefined) await tx.deleteFrom('tokens').where('id', '=', toBytes(previousId)).execute();
  const current = tx.updateTable('tokens').set({ ends_ms: untilMs }).where('id', '=', toBytes(tokenId));
  await current.where('ends_ms', '>', untilMs).execute();
}

export async function revoke(tx: Tx, current: CurrentMachine | undefined, nowMs: number): Promise<void> {
  for (const id of [current?.tokenId, current?.previousId]) {
    if (id === undefined) continue;
    const old = tx.updateTable('tokens').set({ revoked_ms: nowMs }).where('id', '=', toBytes(id));
    await old.where('revoked_ms', 'is', null).execute();
  }
}
