// The configured receivers, opened: rate limit, Retry-After and last error of each.
import type { ReceiverSetup } from '../../../domain/alerting/configuration.ts';
import { messageOf } from '../../../domain/errors.ts';
import type { Outcome, Receiver } from '../../../receivers/receiver.ts';
import { createLimiter, type Limiter } from './limiter.ts';

export type OpenReceiver = {
  readonly setup: ReceiverSetup;
  readonly receiver: Receiver | undefined;
  /** Why it could not be opened. */
  readonly openError: string | undefined;
  readonly limiter: Limiter;
  /** Monotonic: rate limited (Retry-After) until then. */
  waitUntilMs: number;
  /** The rate limit was long: what gathered meanwhile is sent as one message. */
  merge: boolean;
  inFlight: number;
  /** The receiver rejects all further messages, and why. */
  off: string | undefined;
  /** Wall time, since this process began. */
  lastSentMs: number | undefined;
  lastErrorMs: number | undefined;
  lastError: string | undefined;
};

const EMAIL = 'email';

export function noteOutcome(open: OpenReceiver, outcome: Outcome, atMs: number): void {
  if (outcome.kind === 'sent') open.lastSentMs = atMs;
  else Object.assign(open, { lastErrorMs: atMs, lastError: outcome.reason });
}

/** '' for all kinds but e-mail: an account outlives a change of the address. */
export const recipientsOf = ({ receiver }: OpenReceiver): readonly string[] =>
  receiver === undefined ? [] : receiver.kind === EMAIL ? receiver.recipients : [''];

export function createOpenReceivers(open: (setup: ReceiverSetup) => Promise<Receiver>) {
  const opened = new Map<string, OpenReceiver>();

  async function openOne(setup: ReceiverSetup): Promise<OpenReceiver> {
    let receiver: Receiver | undefined;
    let openError: string | undefined;
    try {
      receiver = await open(setup);
    } catch (error) {
      openError = messageOf(error);
    }
    return {
      setup,
      receiver,
      openError,
      limiter: createLimiter(receiver?.pace.rateLimits ?? []),
      waitUntilMs: Number.NEGATIVE_INFINITY,
      merge: false,
      inFlight: 0,
      off: undefined,
      lastSentMs: undefined,
      lastErrorMs: undefined,
      lastError: undefined,
    };
  }

  return {
    get: (name: string): OpenReceiver | undefined => opened.get(name),
    all: (): Iterable<OpenReceiver> => opened.values(),
    /** Opens what is new or changed. Returns the names of these. */
    async configure(setups: readonly ReceiverSetup[]): Promise<readonly string[]> {
      const changed: string[] = [];
      for (const setup of setups) {
        const before = opened.get(setup.name);
        if (before !== undefined && isSame(before.setup, setup)) continue;
        opened.set(setup.name, await openOne(setup));
        changed.push(setup.name);
      }
      const names = new Set(setups.map(({ name }) => name));
      for (const name of opened.keys()) if (!names.has(name)) opened.delete(name);
      return changed;
    },
  };
}
export type OpenReceivers = ReturnType<typeof createOpenReceivers>;

const isSame = (a: ReceiverSetup, b: ReceiverSetup): boolean => JSON.stringify(a) === JSON.stringify(b);
