// Batches messages to a receiver: one per group, or a digest when the rate limit would delay them too long.
import type { Message } from '../../../receivers/message.ts';
import type { Account, Said } from './account.ts';
import { buildDigest, buildMessage, type Due, type MessageParts } from './group-message.ts';
import type { OpenReceiver } from './open-receivers.ts';

/** Messages that a rate limit would delay longer become one digest. */
export const MAX_WAIT_MS = 30_000;

export type Built = {
  readonly open: OpenReceiver;
  readonly dues: readonly Due[];
  readonly message: Message;
  readonly said: ReadonlyMap<Account, Said>;
};

/** One by one what can go out in time, the rest together; for e-mail each recipient has its own. */
export function batchesOf(
  open: OpenReceiver,
  dues: readonly Due[],
  nowMs: number,
): readonly (readonly Due[])[] {
  if (open.receiver!.pace.needsAllAlerts || open.receiver!.kind === 'email') return dues.map((due) => [due]);
  const { merge } = open;
  open.merge = false;
  if (merge && dues.length > 1) return [dues];
  const room = open.limiter.fits(nowMs, MAX_WAIT_MS, dues.length);
  if (room >= dues.length) return dues.map((due) => [due]);
  const single = Math.max(0, room - 1);
  return [...dues.slice(0, single).map((due) => [due]), dues.slice(single)];
}

/** Undefined where all of it was refused before. */
export function buildBatch(open: OpenReceiver, dues: readonly Due[], base: MessageParts): Built | undefined {
  const listAll = open.receiver?.pace.needsAllAlerts ?? false;
  const messageParts = { ...base, listAll };
  // Never again unchanged.
  const fresh = dues
    .map((due) => ({ due, ...buildMessage(due, open.setup, messageParts) }))
    .filter(({ due, message }) => due.account.refused?.id !== message.id);
  const [first] = fresh;
  if (first === undefined) return undefined;
  if (fresh.length === 1) {
    const { due, message, said } = first;
    return { open, dues: [due], message, said: new Map([[due.account, said]]) };
  }
  const together = fresh.map(({ due }) => due);
  const digest = buildDigest(together, open.setup, messageParts);
  // A digest that was refused is not sent again either.
  if (together.every(({ account }) => account.refused?.id === digest.message.id)) return undefined;
  return { open, dues: together, ...digest };
}
