// Sends due messages: one in flight per account, rate limited per receiver, with digests and retries.
import { messageOf } from '../../../domain/errors.ts';
import { severityRank } from '../../../domain/expression/syntax.ts';
import type { Account } from './account.ts';
import { type Built, batchesOf, buildBatch } from './batches.ts';
import { type Due, groupSinceOf, type MessageParts } from './group-message.ts';
import type { OpenReceiver } from './open-receivers.ts';
import { FIRST_RETRY_MS, type OutcomeParts, type Sending, settle } from './outcomes.ts';

export type DeliveryParts = OutcomeParts & {
  readonly messageParts: () => MessageParts;
  /** Stores accounts and rate-limit state. Never rejects: notifications go on while the catalog is down. */
  readonly store: (accounts: readonly Account[], open: OpenReceiver) => Promise<unknown>;
  readonly mayTell: () => boolean | Promise<boolean>;
  /** Something ended: look again at what is due. */
  readonly onIdle: (groups: readonly string[], receiver: string) => void;
};

/** Messages that a receiver is sent at the same time, each of another group. */
const MAX_IN_FLIGHT = 4;

export type Delivering = ReturnType<typeof createDelivery>;

export function createDelivery(parts: DeliveryParts) {
  const { clock, logger } = parts;
  const abort = new AbortController();
  const sending = new Set<Promise<void>>();

  /** Sends what may be sent now. Returns when to call again, monotonic. */
  function dispatch(open: OpenReceiver, all: readonly Due[]): number {
    const nowMs = clock.monotonicMs();
    const { receiver } = open;
    if (receiver === undefined || open.off !== undefined || all.length === 0) return Number.POSITIVE_INFINITY;
    if (nowMs < open.waitUntilMs) return open.waitUntilMs;
    for (const batch of batchesOf(open, [...all].sort(worstFirst), nowMs)) {
      if (open.inFlight >= MAX_IN_FLIGHT) return Number.POSITIVE_INFINITY;
      const built = buildBatch(open, batch, parts.messageParts());
      if (built === undefined) continue;
      const requests = receiver.requests(built.message);
      const freeAtMs = open.limiter.freeAtMs(nowMs, requests);
      if (freeAtMs > nowMs) return freeAtMs;
      open.limiter.take(nowMs, requests);
      launch(built);
    }
    return Number.POSITIVE_INFINITY;
  }

  function launch(built: Built): void {
    const nowMs = clock.monotonicMs();
    const one: Sending = {
      ...built,
      mayHaveArrived: new Map(
        built.dues.map(({ account }) => [account, account.owed?.mayHaveArrived ?? false]),
      ),
    };
    one.open.inFlight++;
    for (const due of one.dues) {
      const { account } = due;
      const { owed } = account;
      account.inFlight = true;
      account.sinceMs = groupSinceOf(due);
      const alerts = new Set([...(owed?.alerts ?? []), ...due.firing.map(({ id }) => id)]);
      account.owed = {
        id: one.message.id,
        tries: owed?.tries ?? 0,
        sinceMs: owed?.sinceMs ?? nowMs,
        nextMs: nowMs,
        // The outcome is unknown until the answer: the process may die before.
        mayHaveArrived: true,
        alerts: [...alerts],
        why: owed?.why ?? '',
      };
    }
    const work = attempt(one)
      .catch((error: unknown) => logger.error({ receiver: one.open.setup.name }, messageOf(error)))
      .finally(() => {
        sending.delete(work);
        one.open.inFlight--;
        for (const { account } of one.dues) account.inFlight = false;
        parts.onIdle(
          one.dues.map(({ account }) => account.group),
          one.open.setup.name,
        );
      });
    sending.add(work);
  }

  async function attempt(one: Sending): Promise<void> {
    const accounts = one.dues.map(({ account }) => account);
    // Stored before it goes out: after a crash it is sent again under the same id.
    await parts.store(accounts, one.open);
    if (!(await parts.mayTell())) {
      for (const account of accounts)
        account.owed = {
          ...account.owed!,
          mayHaveArrived: one.mayHaveArrived.get(account)!,
          nextMs: clock.monotonicMs() + FIRST_RETRY_MS,
        };
      return;
    }
    const [first] = accounts;
    const recipient = first!.recipient === '' ? undefined : first!.recipient;
    // It may have become so while the message waited.
    const message = { ...one.message, mayComeTwice: parts.messageParts().mayComeTwice };
    const outcome = await one.open.receiver!.send(message, abort.signal, recipient);
    // A message interrupted by the shutdown is retried by the next process.
    if (!(abort.signal.aborted && outcome.kind === 'retry')) settle(one, outcome, parts);
    await parts.store(accounts, one.open);
  }

  return {
    dispatch,
    /** Resolves when the messages in flight have ended. */
    idle: async (): Promise<void> => void (await Promise.all(sending)),
    /** Messages in flight get their answer, until the signal of `stop` would be waited for too long. */
    async stop(): Promise<void> {
      const late = setTimeout(() => abort.abort(), STOP_MS);
      await Promise.all(sending);
      clearTimeout(late);
      abort.abort();
    },
  };
}

const STOP_MS = 10_000;

const worstRank = ({ firing }: Due): number =>
  Math.max(-1, ...firing.map(({ severity }) => severityRank(severity)));

const worstFirst = (a: Due, b: Due): number =>
  worstRank(b) - worstRank(a) || b.firing.length - a.firing.length;
