// Handles the outcome of a delivery attempt: updates the accounts, schedules the retry, logs it.
import type { Message } from '../../../receivers/message.ts';
import type { Outcome } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff } from '../../../runtime/retry.ts';
import { type Account, noteTold } from './account.ts';
import { type Built, MAX_WAIT_MS } from './batches.ts';
import { GATHER_MS, INTERVAL_MS } from './decision.ts';
import type { Due } from './group-message.ts';
import { noteOutcome } from './open-receivers.ts';

/** The outcome of an attempt, for the history of alerts. */
export type Delivery = {
  readonly kind: Outcome['kind'];
  readonly atMs: number;
  readonly receiver: string;
  readonly recipient: string;
  readonly group: string;
  readonly reason: Message['reason'];
  readonly id: string;
  /** The alerts that the message was about. */
  readonly alerts: readonly { readonly rule: string; readonly host?: string }[];
  /** What the receiver said, of all outcomes but sent. */
  readonly text: string;
};

export type OutcomeParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Each try. */
  readonly onTry: (receiver: string, kind: Outcome['kind']) => void;
  /** What is news: sent, refused, and the first of the tries that fail alike. */
  readonly onDelivery: (delivery: Delivery) => void;
};

export type Sending = Built & {
  /** Whether an earlier try may have arrived. */
  readonly mayHaveArrived: ReadonlyMap<Account, boolean>;
};

export const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

/** Notes it in the accounts and the receiver, and says it where it is news. */
export function settle(one: Sending, outcome: Outcome, parts: OutcomeParts): void {
  const { clock, logger } = parts;
  const { open, message, dues } = one;
  const nowMs = clock.monotonicMs();
  const text = outcome.kind === 'sent' ? '' : outcome.reason;
  let kind: Outcome['kind'] = outcome.kind;
  let isNews = outcome.kind === 'sent';
  for (const { account, reason } of dues) {
    const said = one.said.get(account)!;
    const mayHaveArrived = outcome.kind === 'unknown' || one.mayHaveArrived.get(account)!;
    const owed = { ...account.owed!, mayHaveArrived };
    const tries = owed.tries + 1;
    isNews ||= text !== owed.why;
    if (outcome.kind === 'sent') {
      const wasQuiet =
        account.told.size === 0 &&
        (account.lastMs === undefined || nowMs - account.lastMs > INTERVAL_MS + GATHER_MS);
      noteTold(account, said, reason === 'repeat');
      noteSlot(account, wasQuiet, nowMs);
    } else if (isRefused(outcome, tries)) {
      kind = 'refused';
      isNews = true;
      account.refused = { id: message.id, why: text };
      account.owed = { ...owed, tries, nextMs: nowMs, why: text };
      noteSlot(account, false, nowMs);
    } else {
      account.owed = { ...owed, tries, nextMs: nowMs + retryMs(outcome, tries), why: text };
    }
  }
  noteOutcome(open, outcome, clock.nowMs());
  if (outcome.kind === 'retry' && outcome.afterMs !== undefined) {
    open.waitUntilMs = Math.max(open.waitUntilMs, nowMs + outcome.afterMs);
    open.merge ||= outcome.afterMs > MAX_WAIT_MS;
  }
  if (outcome.kind === 'refused' && outcome.disable) open.off = text;
  if (outcome.kind !== 'sent') {
    const line = { receiver: open.setup.name, outcome: kind, group: message.group };
    logger[isNews ? 'warn' : 'debug'](line, `notification not delivered: ${text}`);
  }
  // Retries with the same outcome are not recorded again.
  const isResent = message.reason === 'repeat' && open.receiver?.pace.resendEveryMs !== undefined;
  parts.onTry(open.setup.name, kind);
  if (!isNews || isResent) return;
  const [{ account }] = dues as [Due];
  parts.onDelivery({
    kind,
    atMs: clock.nowMs(),
    receiver: open.setup.name,
    recipient: account.recipient,
    group: message.group,
    reason: message.reason,
    id: message.id,
    alerts: dues.flatMap(({ firing, over }) =>
      [...firing, ...over.map(({ alert }) => alert)].map(({ rule, subject }) => ({
        rule,
        ...(subject.kind === 'host' && { host: subject.host }),
      })),
    ),
    text,
  });
}

const isRefused = (outcome: Outcome, tries: number): boolean =>
  outcome.kind === 'refused' ||
  (outcome.kind === 'retry' && outcome.maxTries !== undefined && tries >= outcome.maxTries);

function noteSlot(account: Account, wasQuiet: boolean, nowMs: number): void {
  account.lastMs = nowMs;
  account.slotMs = undefined;
  account.gatherUntilMs = wasQuiet ? nowMs + GATHER_MS : undefined;
}

/** Exponential backoff up to a limit, with jitter so that a recovering receiver does not get everything at once. */
function retryMs(outcome: Outcome, tries: number): number {
  if (outcome.kind === 'retry' && outcome.afterMs !== undefined) return outcome.afterMs;
  const backoff = createBackoff({ firstMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS });
  for (let i = 1; i < Math.min(tries, 10); i++) backoff.next();
  return backoff.next();
}
