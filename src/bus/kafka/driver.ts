// kafkajs: loaded on first use and set up (log, time limits, one false warning), and clients that are replaced when a broker
// stops answering: the driver would keep using it.
import type { ICustomPartitioner, Kafka, logLevel as LogLevel, SASLOptions } from 'kafkajs';
import type { Logger } from '../../runtime/logging.ts';
import { withTimeout } from '../../runtime/timeout.ts';
import type { KafkaOptions } from './options.ts';

export type KafkaDriver = {
  readonly kafka: Kafka;
  readonly gzip: number;
  /** Not asked, since every message names its partition; the driver wants one to be chosen. */
  readonly partitioner: ICustomPartitioner;
  /** The message of a failure without the driver's wrapping. */
  reason(error: unknown): string;
  /** A broker (`host:port`) left a request without an answer: new clients begin with another one. */
  unanswered(broker: string): void;
};

export async function loadKafka(options: KafkaOptions, logger: Logger): Promise<KafkaDriver> {
  const { default: driver } = await import('kafkajs');
  dropFalseWarning();
  const seeds = createSeeds(options.brokers);
  const kafka = new driver.Kafka({
    brokers: () => [seeds.next()],
    clientId: options.clientId,
    connectionTimeout: 3_000,
    authenticationTimeout: 5_000,
    // A broker that hangs holds up what waits for it no longer than this.
    requestTimeout: 5_000,
    retry: { retries: 2, initialRetryTime: 100, maxRetryTime: 1_000 },
    logLevel: driver.logLevel.WARN,
    logCreator: () => (entry) => write(logger, entry, driver.logLevel),
    ...(options.tls ? { ssl: pickDefined(options.tls) } : {}),
    ...(options.sasl ? { sasl: options.sasl as SASLOptions } : {}),
  });
  return {
    kafka,
    gzip: driver.CompressionTypes.GZIP,
    partitioner: driver.Partitioners.DefaultPartitioner,
    reason: reasonOf,
    unanswered: seeds.unanswered,
  };
}

/** Which broker of the list a new client asks for its metadata: in turn, but not the one that last did not answer. */
type Seeds = {
  next(): string;
  /** A request to it was not answered: it hangs, its machine is gone, or it is cut off and waits for the others. */
  unanswered(broker: string): void;
};

/**
 * The driver begins each client with the first of its list. That broker may be the one that hangs; or it is cut off from
 * the others and goes on answering with the leaders of before.
 */
export function createSeeds(brokers: readonly string[]): Seeds {
  let queue = [...brokers];
  let last: string | undefined;
  return {
    next() {
      const seed = queue.find((broker) => broker !== last) ?? queue[0]!;
      queue = [...queue.filter((broker) => broker !== seed), seed];
      return seed;
    },
    unanswered(broker) {
      last = broker;
    },
  };
}

type LogEntry = {
  readonly namespace: string;
  readonly level: number;
  readonly log: { readonly message: string };
};

// The driver logs as an error what it then retries and what this bus reports itself: for debugging only.
function write(logger: Logger, { namespace, level, log }: LogEntry, levels: typeof LogLevel): void {
  const { message, timestamp: _, logger: __, stack: ___, ...rest } = log as Record<string, unknown>;
  logger.debug(
    { kafkajs: namespace, ...rest },
    `${level === levels.ERROR ? 'error' : 'warning'}: ${message}`,
  );
}

/** kafkajs wraps the root cause in "number of retries exceeded". */
function reasonOf(error: unknown): string {
  let at = error;
  while (at instanceof Error && at.cause instanceof Error && at.cause !== at) at = at.cause;
  if (!(at instanceof Error)) return String(at);
  const type = (at as { type?: string }).type;
  if (type === 'INVALID_TIMESTAMP')
    return "Kafka rejects the record's time (INVALID_TIMESTAMP): this machine's clock, or the broker's, is over an hour wrong; compare them with date -u";
  return type && type !== 'UNKNOWN' && !at.message.includes(type) ? `${at.message} (${type})` : at.message;
}

let quiet = false;

/** It arms a timer for a time that has passed already; Node warns of that, and the warning leads nowhere. */
function dropFalseWarning(): void {
  if (quiet) return;
  quiet = true;
  const emitWarning = process.emitWarning as (...args: unknown[]) => void;
  process.emitWarning = ((...args: unknown[]) => {
    const kind = args[1];
    const name = typeof kind === 'object' ? (kind as { type?: string } | null)?.type : kind;
    if (name !== 'TimeoutNegativeWarning') emitWarning.apply(process, args);
  }) as typeof process.emitWarning;
}

const pickDefined = <T extends object>(object: T) =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));

export type Client<T> = {
  /** Connects on first use. Rejects with what the work or the connecting rejects with. */
  use<R>(work: (client: T) => Promise<R>): Promise<R>;
  /** Waits for calls in flight, for 6 s at most. Idempotent. */
  stop(): Promise<void>;
};

type Connectable = {
  connect(): Promise<void>;
  disconnect(): Promise<void>;
  readonly events: { readonly REQUEST_TIMEOUT: string };
  on(event: string, listener: (event: { readonly payload: { readonly broker: string } }) => void): unknown;
};
type Held<T> = { readonly client: T; readonly ready: Promise<void>; uses: number; retired: boolean };

const STOP_WITHIN_MS = 6_000;

export function createClient<T extends Connectable>(
  create: () => T,
  unanswered: (broker: string) => void,
): Client<T> {
  const disconnecting = new Set<Promise<void>>();
  let held: Held<T> | undefined;

  function take(): Held<T> {
    if (held) return held;
    const client = create();
    const hung = Promise.withResolvers<never>();
    hung.promise.catch(() => {});
    // The driver would try the same broker again, by its outdated metadata and over the connection that hangs.
    client.on(client.events.REQUEST_TIMEOUT, ({ payload: { broker } }) => {
      unanswered(broker);
      retire(fresh);
      hung.reject(new Error(`broker ${broker} does not answer`));
    });
    const ready = Promise.race([client.connect(), hung.promise]);
    const fresh: Held<T> = { client, ready, uses: 0, retired: false };
    held = fresh;
    fresh.ready.catch(() => retire(fresh));
    return fresh;
  }

  /** Others may still wait for an answer through it: it is closed after the last of them. */
  function retire(old: Held<T>) {
    if (held === old) held = undefined;
    if (!old.retired && old.uses === 0) close(old);
    old.retired = true;
  }

  function close({ client }: Held<T>) {
    const closed = client
      .disconnect()
      .catch(() => {})
      .finally(() => disconnecting.delete(closed));
    disconnecting.add(closed);
  }

  return {
    async use(work) {
      const mine = take();
      mine.uses++;
      try {
        await mine.ready;
        return await work(mine.client);
      } finally {
        if (--mine.uses === 0 && mine.retired) close(mine);
      }
    },
    async stop() {
      if (held) retire(held);
      await withTimeout(STOP_WITHIN_MS, Promise.all(disconnecting));
    },
  };
}
