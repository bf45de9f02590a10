// The delivery state of an alert per recipient: sent, waiting for its group, being retried (why), or rejected.
import { type AlertState, identityInId } from '../../../domain/alerting/alert.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Account } from './account.ts';

export type Standing = {
  readonly receiver: string;
  readonly recipient: string;
  /** Knows it as firing. */
  readonly told: boolean;
  /** When its message may go, by the wall clock: what follows a first message is gathered. */
  readonly dueMs?: number;
  /** Tried, and not known to have arrived. */
  readonly owed?: { readonly tries: number; readonly nextMs: number; readonly why: string };
  readonly refused?: string;
};

export function standingOf(alert: Pick<AlertState, 'id'>, account: Account, clock: Clock): Standing {
  /** In whole milliseconds, as instants are, which monotonic time is not. */
  const toWall = (ms: number): number => Math.round(ms + clock.nowMs() - clock.monotonicMs());
  const { receiver, recipient, told, slotMs, owed, refused } = account;
  return {
    receiver,
    recipient,
    told: told.has(alert.id),
    ...(slotMs !== undefined && { dueMs: toWall(slotMs) }),
    ...(owed !== undefined && {
      owed: { tries: owed.tries, nextMs: toWall(owed.nextMs), why: owed.why },
    }),
    ...(refused !== undefined && { refused: refused.why }),
  };
}

/** Alerts of a rule (its identity) that are over, and how it stands with each who is owed their end. */
export const owedEnds = (
  rule: string,
  accounts: Iterable<Account>,
  clock: Clock,
): { readonly alert: AlertState; readonly standing: Standing }[] =>
  [...accounts].flatMap((account) =>
    [...account.over.values()]
      .filter(({ alert }) => identityInId(alert.id) === rule)
      .map(({ alert }) => ({ alert, standing: standingOf(alert, account, clock) })),
  );
