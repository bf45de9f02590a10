// Sends what is due: one message in flight per account, no more than a receiver takes, digests where it would wait, retries.
import { messageOf } from '../../../domain/errors.ts';
import { SEVERITIES } from '../../../domain/expression/syntax.ts';
import type { Message } from '../../../receivers/message.ts';
import type { Outcome } from '../../../receivers/receiver.ts';
import type { Clock } from '../../../runtime/clock.ts';
import type { Logger } from '../../../runtime/logging.ts';
import { createBackoff } from '../../../runtime/retry.ts';
import { type Account, noteTold, type Owed, type Said } from './account.ts';
import { GATHER_MS, INTERVAL_MS } from './decision.ts';
import { buildDigest, buildMessage, type Due, groupSinceOf, type MessageParts } from './group-message.ts';
import { noteOutcome, type OpenReceiver } from './open-receivers.ts';

/** What came of a try, for the history of alerts. */
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

export type DeliveryParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly messageParts: () => MessageParts;
  /** Stores the accounts, and how much their receiver was sent. Never rejects: telling goes on while the catalog is gone. */
  readonly store: (accounts: readonly Account[], open: OpenReceiver) => Promise<unknown>;
  readonly mayTell: () => boolean | Promise<boolean>;
  /** Each try. */
  readonly onTry: (receiver: string, kind: Outcome['kind']) => void;
  /** What is news: sent, refused, and the first of the tries that fail alike. */
  readonly onDelivery: (delivery: Delivery) => void;
  /** Something ended: look again at what is due. */
  readonly onIdle: (groups: readonly string[], receiver: string) => void;
};

/** Messages that a receiver is sent at the same time, each of another group. */
const MAX_IN_FLIGHT = 4;
/** What would wait longer for a rate limit becomes one digest. */
const MAX_WAIT_MS = 30_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 60_000;

type Sending = {
  readonly open: OpenReceiver;
  readonly dues: readonly Due[];
  readonly message: Message;
  readonly said: ReadonlyMap<Account, Said>;
  /** Whether an earlier try may have arrived. */
  readonly mayHaveArrived: ReadonlyMap<Account, boolean>;
};

type Built = Omit<Sending, 'mayHaveArrived'>;

export type Delivering = ReturnType<typeof createDelivery>;

export function createDelivery(parts: DeliveryParts) {
  const { clock, logger } = parts;
  const abort = new AbortController();
  const sending = new Set<Promise<void>>();

  /** Sends what may go now. Returns when to look again, monotonic. */
  function dispatch(open: OpenReceiver, all: readonly Due[]): number {
    const nowMs = clock.monotonicMs();
    const { receiver } = open;
    if (receiver === undefined || open.off !== undefined || all.length === 0) return Number.POSITIVE_INFINITY;
    if (nowMs < open.waitUntilMs) return open.waitUntilMs;
    for (const batch of batchesOf(open, [...all].sort(worstFirst))) {
      if (open.inFlight >= MAX_IN_FLIGHT) return Number.POSITIVE_INFINITY;
      const built = build(open, batch);
      if (built === undefined) continue;
      const requests = receiver.requests(built.message);
      const freeAtMs = open.limiter.freeAtMs(nowMs, requests);
      if (freeAtMs > nowMs) return freeAtMs;
      open.limiter.take(nowMs, requests);
      launch(built);
    }
    return Number.POSITIVE_INFINITY;
  }

  /** One by one what can go out in time, the rest together; for e-mail each recipient has its own. */
  function batchesOf(open: OpenReceiver, dues: readonly Due[]): readonly (readonly Due[])[] {
    if (open.receiver!.pace.needsAllAlerts || open.receiver!.kind === 'email')
      return dues.map((due) => [due]);
    const { merge } = open;
    open.merge = false;
    if (merge && dues.length > 1) return [dues];
    const room = open.limiter.fits(clock.monotonicMs(), MAX_WAIT_MS, dues.length);
    if (room >= dues.length) return dues.map((due) => [due]);
    const single = Math.max(0, room - 1);
    return [...dues.slice(0, single).map((due) => [due]), dues.slice(single)];
  }

  function build(open: OpenReceiver, dues: readonly Due[]): Built | undefined {
    const listAll = open.receiver?.pace.needsAllAlerts ?? false;
    const messageParts = { ...parts.messageParts(), listAll };
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
        // Until it is known better: the process may die before there is an outcome.
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
    // A message that the stop cut off is tried by whoever comes next.
    if (!(abort.signal.aborted && outcome.kind === 'retry')) settle(one, outcome);
    await parts.store(accounts, one.open);
  }

  function settle(one: Sending, outcome: Outcome): void {
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
      logger[isNews ? 'warn' : 'debug'](line, `not told: ${text}`);
    }
    // Every minute a try, or the same state again: no news for the history.
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

const isRefused = (outcome: Outcome, tries: number): boolean =>
  outcome.kind === 'refused' ||
  (outcome.kind === 'retry' && outcome.maxTries !== undefined && tries >= outcome.maxTries);

function noteSlot(account: Account, wasQuiet: boolean, nowMs: number): void {
  account.lastMs = nowMs;
  account.slotMs = undefined;
  account.gatherUntilMs = wasQuiet ? nowMs + GATHER_MS : undefined;
}

/** Longer with each try, up to a limit; the spread keeps a receiver that comes back from being sent all at once. */
function retryMs(outcome: Outcome, tries: number): number {
  if (outcome.kind === 'retry' && outcome.afterMs !== undefined) return outcome.afterMs;
  const backoff = createBackoff({ firstMs: FIRST_RETRY_MS, maxMs: LAST_RETRY_MS });
  for (let i = 1; i < Math.min(tries, 10); i++) backoff.next();
  return backoff.next();
}

/** Of an owed message: how long, and what the receiver says. */
export const isBehind = (owed: Owed | undefined): owed is Owed => owed !== undefined && owed.tries > 0;

const severityRank = ({ firing }: Due): number =>
  Math.max(-1, ...firing.map(({ severity }) => SEVERITIES.indexOf(severity)));

const worstFirst = (a: Due, b: Due): number =>
  severityRank(b) - severityRank(a) || b.firing.length - a.firing.length;
