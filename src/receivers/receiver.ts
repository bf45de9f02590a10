// The contract of receivers: kinds, outcomes of sending, rate and size limits, secrets.
import type { z } from 'zod';
import { safeText } from '../domain/safe-text.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import type { AddressGuard } from './address-guard.ts';
import type { HttpTransport } from './http-transport.ts';
import type { Message } from './message.ts';
import { createRedactor } from './secret-addresses.ts';

/** The outcome of one attempt. Reasons contain no secrets and no control characters. */
export type Outcome =
  | { readonly kind: 'sent' }
  /** Not taken now: a network fault, busy, too fast. */
  | {
      readonly kind: 'retry';
      readonly reason: string;
      /** Not before so long. */
      readonly afterMs?: number;
      /** After so many tries in all it counts as refused. */
      readonly maxTries?: number;
    }
  /** Read and rejected: never again unchanged. */
  | {
      readonly kind: 'refused';
      readonly reason: string;
      /** The receiver rejects all further messages (410). */
      readonly disable?: boolean;
    }
  /**
   * The request was sent but no answer came: retried with the same id; counts as sent when deciding about "resolved".
   */
  | { readonly kind: 'unknown'; readonly reason: string };

/** At most `count` requests in any `perMs`. */
export type RateLimit = { readonly count: number; readonly perMs: number };

/** What the notifier must know of a kind to plan its messages. */
export type Pace = {
  readonly rateLimits: readonly RateLimit[];
  /** The vendor asks not to send on full and half hours: repeats keep off them. */
  readonly avoidsRoundTimes?: boolean;
  /** Alerts expire unless resent: send the group's state this often while it fires. */
  readonly resendEveryMs?: number;
  /** Keeps each alert by itself: a message must list all of the group, none truncated. */
  readonly needsAllAlerts?: boolean;
};

/** Text or request size, so that a preview can say what will be cut. */
export type SizeLimit = {
  readonly max: number;
  readonly of: 'characters of text' | 'bytes of text' | 'bytes of the request';
};

export type ReceiverParts = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly http: HttpTransport;
  /** Which addresses may be connected to, for kinds that do not speak HTTP. */
  readonly guard: AddressGuard;
  /** How long one try may take. */
  readonly timeoutMs: number;
};

export type Receiver = {
  readonly kind: string;
  /** Scheme, host and the last four characters: all that may be shown. */
  readonly address: string;
  /**
   * Who is sent to, one by one, each with its own outcome and retries. E-mail has its addresses here; every other kind
   * has one, its address as shown.
   */
  readonly recipients: readonly string[];
  readonly pace: Pace;
  readonly size: SizeLimit;
  /** Requests that the message takes, for the rate limits. */
  requests(message: Message): number;
  /** Never rejects. The signal ends the try; what it had come to by then is the outcome. */
  send(message: Message, signal: AbortSignal, recipient?: string): Promise<Outcome>;
};

/** What a kind makes of its options: a receiver whose outcomes may still hold secrets. */
export type BareReceiver = {
  readonly address: string;
  readonly secrets: readonly string[];
  readonly recipients?: readonly string[];
  requests?(message: Message): number;
  send(message: Message, signal: AbortSignal, recipient: string): Promise<Outcome>;
};

export type ReceiverKind = {
  readonly name: string;
  /** One line for lists and help. */
  readonly summary: string;
  readonly schema: z.ZodObject;
  readonly pace: Pace;
  readonly size: SizeLimit;
  create(options: unknown, parts: ReceiverParts): BareReceiver;
};

/** Ties a kind's `create` to the type of its own schema; `create` gets parsed options. */
export const defineKind = <Schema extends z.ZodObject>(
  kind: Omit<ReceiverKind, 'schema' | 'create'> & {
    readonly schema: Schema;
    create(options: z.output<Schema>, parts: ReceiverParts): BareReceiver;
  },
): ReceiverKind => ({
  ...kind,
  create: (options, parts) => kind.create(kind.schema.parse(options), parts),
});

/** A receiver whose every reason is redacted, safe to show and short, and whose `send` never rejects. */
export function sealReceiver(kind: ReceiverKind, bare: BareReceiver, { logger }: ReceiverParts): Receiver {
  const redact = createRedactor(bare.secrets);
  const recipients = bare.recipients ?? [bare.address];
  const clean = (outcome: Outcome): Outcome =>
    outcome.kind === 'sent' ? outcome : { ...outcome, reason: redact(outcome.reason) };
  return {
    kind: kind.name,
    address: bare.address,
    recipients,
    pace: kind.pace,
    size: kind.size,
    requests: (message) => bare.requests?.(message) ?? 1,
    async send(message, signal, recipient = recipients[0]) {
      const outcome = await attempt(message, signal, recipient);
      logger.debug({ receiver: message.receiver, id: message.id, outcome }, 'receiver answered');
      return outcome;
    },
  };

  async function attempt(
    message: Message,
    signal: AbortSignal,
    recipient: string | undefined,
  ): Promise<Outcome> {
    if (recipient === undefined || !recipients.includes(recipient)) {
      return {
        kind: 'refused',
        reason: `${safeText(String(recipient))} is not a recipient of this receiver`,
      };
    }
    if (signal.aborted) return { kind: 'retry', reason: 'interrupted by shutdown before it was sent' };
    try {
      return clean(await bare.send(message, signal, recipient));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      return { kind: 'unknown', reason: `internal error: ${redact(reason)}` };
    }
  }
}
