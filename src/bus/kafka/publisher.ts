// Publishing to Kafka: coalesced by leader, every partition's confirmation checked, what was not confirmed sent again.
import type { Message, Producer } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { type Backoff, createBackoff } from '../../runtime/retry.ts';
import type { BusMessage } from '../bus.ts';
import type { Client } from './driver.ts';
import { toKafka, typeOf } from './topic.ts';

export type Publisher = {
  publish(messages: readonly BusMessage[]): Promise<void>;
  /**
   * Why what is published to these partitions now would probably be rejected: one that has confirmed nothing for
   * too long. It ends with a confirmation, or when nothing was sent there for `timeoutMs`: then nobody knows.
   * Without partitions: only when no other one confirms anything either.
   */
  unhealthy(partitions?: Iterable<number>): string | undefined;
  /** What waits is rejected; what is in flight is waited for. */
  stop(): Promise<void>;
};

export type PublisherParts = {
  readonly producer: Client<Producer>;
  readonly topic: string;
  readonly gzip: number;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Node id of a partition's leader, -1 when unknown. */
  leaderOf(partition: number): number;
  /** A send failed: leaders may have moved. */
  onFailure(): void;
  reason(error: unknown): string;
  /** After this a publish is rejected; a report's caller waits 10 s. */
  readonly timeoutMs: number;
};

/** All of one publish call's messages for one partition. */
type Part = {
  readonly partition: number;
  readonly messages: readonly Message[];
  readonly bytes: number;
  call: Call;
};
type Call = {
  /** Parts that are not confirmed yet. */
  open: number;
  settled: boolean;
  readonly result: Promise<void>;
  settle(error?: unknown): void;
};

// A record batch may have 1 MiB by the broker's default; a partition's messages of one send are one batch.
const MAX_BATCH_BYTES = 900 * 1024;
const MAX_WAITING_BYTES = 64 * 1024 * 1024;
const BACKOFF = { firstMs: 50, maxMs: 1_000 };
// Brokers, and all who read, work by the batch: after a small send for several callers the next one gathers for so long.
const GATHER_MS = 100;
const SMALL_BYTES = 64 * 1024;
/** Sending the same again cannot help. */
const FINAL = new Set([
  'MESSAGE_TOO_LARGE',
  'RECORD_LIST_TOO_LARGE',
  'TOPIC_AUTHORIZATION_FAILED',
  'CLUSTER_AUTHORIZATION_FAILED',
  'INVALID_REQUIRED_ACKS',
  'INVALID_RECORD',
]);

export function createPublisher(parts: PublisherParts): Publisher {
  const { clock } = parts;
  const waiting = createWaiting();
  const flights = new Set<Promise<void>>();
  const leaders = new Map<number, { busy: boolean; readonly backoff: Backoff }>();
  const inFlight = new Set<number>();
  const calls = new Set<Call>();
  const confirmations = createConfirmations(parts);
  const send = createSending(parts, { confirmations, waiting });
  const abort = new AbortController();
  let scheduled = false;

  function publish(messages: readonly BusMessage[]): Promise<void> {
    if (abort.signal.aborted) return Promise.reject(unavailable('the bus is stopping'));
    if (messages.length === 0) return Promise.resolve();
    if (waiting.bytes() > MAX_WAITING_BYTES)
      return Promise.reject(unavailable(`Kafka is behind: ${waiting.bytes()} bytes wait to be sent`));
    const { timeoutMs } = parts;
    const call = openCall({ calls, timeoutMs, lastError: confirmations.lastError });
    for (const part of split(messages, call)) {
      call.open++;
      waiting.add(part);
    }
    schedule();
    return call.result;
  }

  /** What is published in one turn of the event loop goes out together. */
  function schedule() {
    if (scheduled) return;
    scheduled = true;
    setImmediate(() => {
      scheduled = false;
      pump();
    });
  }

  /** One send at a time for each leader: a dead broker holds up its own partitions only. */
  function pump() {
    if (abort.signal.aborted) return;
    const byLeader = waiting.take({
      leaderOf: parts.leaderOf,
      isBusy: (leader, partition) => inFlight.has(partition) || stateOf(leader).busy,
    });
    for (const [leader, batch] of byLeader) {
      const flight = sendUntilConfirmed(leader, batch).finally(() => flights.delete(flight));
      flights.add(flight);
    }
  }

  const stateOf = (leader: number) => {
    let state = leaders.get(leader);
    if (!state) leaders.set(leader, (state = { busy: false, backoff: createBackoff(BACKOFF) }));
    return state;
  };

  async function sendUntilConfirmed(leader: number, batch: readonly Part[]) {
    const state = stateOf(leader);
    const partitions = new Set(batch.map((part) => part.partition));
    state.busy = true;
    for (const partition of partitions) inFlight.add(partition);
    const missing = await send(batch);
    if (missing.length > 0 && !abort.signal.aborted) {
      await clock.sleep(state.backoff.next(), abort.signal).catch(() => {});
    } else {
      state.backoff.reset();
      const callers = new Set(batch.map(({ call }) => call)).size;
      const bytes = batch.reduce((sum, part) => sum + part.bytes, 0);
      if (callers > 1 && bytes < SMALL_BYTES) await clock.sleep(GATHER_MS, abort.signal).catch(() => {});
    }
    waiting.putBack(missing);
    for (const partition of partitions) inFlight.delete(partition);
    state.busy = false;
    pump();
  }

  return {
    publish,
    unhealthy: (partitions) => confirmations.unhealthy(inFlight, partitions),
    async stop() {
      abort.abort(new Error('the bus is stopping'));
      await Promise.all(flights);
      for (const call of [...calls]) call.settle(unavailable('the bus is stopping'));
    },
  };
}

/** One call of publish: settled by its last part, by an error of any, or by the timeout. */
function openCall(of: {
  /** Holds the call until it is settled. */
  readonly calls: Set<Call>;
  readonly timeoutMs: number;
  readonly lastError: () => string;
}): Call {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const call: Call = {
    open: 0,
    settled: false,
    result: promise,
    settle(error) {
      if (call.settled) return;
      call.settled = true;
      of.calls.delete(call);
      clearTimeout(timer);
      if (error) reject(error);
      else resolve();
    },
  };
  const timer = setTimeout(() => {
    const seconds = of.timeoutMs / 1_000;
    call.settle(unavailable(`Kafka did not confirm within ${seconds} s: ${of.lastError()}`));
  }, of.timeoutMs);
  of.calls.add(call);
  return call;
}

type Waiting = ReturnType<typeof createWaiting>;

/** What waits to be sent, by partition in the order in which it was published. */
function createWaiting() {
  const queues = new Map<number, Part[]>();
  let bytes = 0;

  const queueOf = (partition: number) => {
    let queue = queues.get(partition);
    if (!queue) queues.set(partition, (queue = []));
    return queue;
  };

  /** What ran into its timeout has no caller any more. */
  function dropSettled(queue: Part[]) {
    for (let i = queue.length - 1; i >= 0; i--) {
      if (!queue[i]!.call.settled) continue;
      bytes -= queue[i]!.bytes;
      queue.splice(i, 1);
    }
  }

  return {
    /** Of what waits and what is being sent. */
    bytes: () => bytes,
    add(part: Part) {
      bytes += part.bytes;
      queueOf(part.partition).push(part);
    },
    /** In front of what came since, in the order they had. */
    putBack(parts: readonly Part[]) {
      for (const part of parts.toReversed()) queueOf(part.partition).unshift(part);
    },
    /** Confirmed, or refused for good. */
    release(part: Part) {
      bytes -= part.bytes;
    },
    /** The next batch of every partition that can be sent now, together by leader. */
    take(now: {
      leaderOf(partition: number): number;
      isBusy(leader: number, partition: number): boolean;
    }): ReadonlyMap<number, readonly Part[]> {
      const byLeader = new Map<number, Part[]>();
      for (const [partition, queue] of queues) {
        dropSettled(queue);
        if (queue.length === 0) continue;
        const leader = now.leaderOf(partition);
        if (now.isBusy(leader, partition)) continue;
        const batch = byLeader.get(leader) ?? [];
        byLeader.set(leader, batch);
        for (let size = 0; queue.length > 0 && (size === 0 || size + queue[0]!.bytes <= MAX_BATCH_BYTES); ) {
          const part = queue.shift()!;
          size += part.bytes;
          batch.push(part);
        }
      }
      return byLeader;
    },
  };
}

/** Sends a batch once: settles what is decided and returns what has to be sent again. */
function createSending(
  parts: PublisherParts,
  { confirmations, waiting }: { readonly confirmations: Confirmations; readonly waiting: Waiting },
) {
  const { producer, topic, logger } = parts;

  async function send(batch: readonly Part[]): Promise<readonly Part[]> {
    try {
      const replies = await producer.use((client) =>
        client.send({
          topic,
          acks: -1,
          timeout: 5_000,
          compression: parts.gzip,
          messages: batch.flatMap((part) => part.messages),
        }),
      );
      // The driver resolves although it never sent some partitions, when a leader moved while it retried.
      const stored = new Set(
        replies.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition),
      );
      const missing = batch.filter((part) => !stored.has(part.partition));
      confirmations.confirmed(stored);
      for (const part of batch) if (stored.has(part.partition)) done(part);
      if (missing.length > 0) failed('the reply left out some partitions', missing);
      return missing;
    } catch (error) {
      const reason = parts.reason(error);
      failed(reason, batch);
      if (!FINAL.has(typeOf(error) ?? '')) return batch;
      for (const part of batch) done(part, unavailable(`Kafka refuses the ticks: ${reason}`, error));
      return [];
    }
  }

  function failed(reason: string, batch: readonly Part[]) {
    const partitions = [...new Set(batch.map((part) => part.partition))];
    confirmations.failed(partitions, reason);
    logger.debug({ topic, partitions }, `sending again: ${reason}`);
    parts.onFailure();
  }

  function done(part: Part, error?: ExpectedError) {
    waiting.release(part);
    if (error || --part.call.open === 0) part.call.settle(error);
  }

  return send;
}

type Confirmations = ReturnType<typeof createConfirmations>;

/** Which partitions confirm nothing, since when, and why. */
function createConfirmations({ clock, timeoutMs }: Pick<PublisherParts, 'clock' | 'timeoutMs'>) {
  /** Partitions of which the last send failed: since when that has been so, and when it was last seen. */
  const failing = new Map<number, { readonly sinceMs: number; readonly lastMs: number }>();
  let confirmedMs = -Infinity;
  let lastError = 'no answer';

  /** Callers who respect unhealthy() send nothing, so no confirmation would ever end it; Kafka may be back long since. */
  function expire(inFlight: ReadonlySet<number>) {
    const oldMs = clock.monotonicMs() - timeoutMs;
    for (const [partition, { lastMs }] of failing)
      if (lastMs <= oldMs && !inFlight.has(partition)) failing.delete(partition);
  }

  return {
    lastError: () => lastError,
    confirmed(partitions: ReadonlySet<number>) {
      for (const partition of partitions) failing.delete(partition);
      if (partitions.size > 0) confirmedMs = clock.monotonicMs();
    },
    failed(partitions: readonly number[], reason: string) {
      lastError = reason;
      const lastMs = clock.monotonicMs();
      for (const partition of partitions) {
        failing.set(partition, { sinceMs: failing.get(partition)?.sinceMs ?? lastMs, lastMs });
      }
    },
    unhealthy(inFlight: ReadonlySet<number>, partitions?: Iterable<number>): string | undefined {
      expire(inFlight);
      const lateMs = clock.monotonicMs() - timeoutMs;
      const late = [...(partitions ?? failing.keys())].filter(
        (partition) => (failing.get(partition)?.sinceMs ?? Infinity) <= lateMs,
      );
      if (late.length === 0 || (!partitions && confirmedMs > lateMs)) return undefined;
      const seconds = timeoutMs / 1_000;
      return `Kafka has confirmed nothing on partition ${late.join(', ')} for over ${seconds} s: ${lastError}`;
    },
  };
}

function split(messages: readonly BusMessage[], call: Call): readonly Part[] {
  const byPartition = Map.groupBy(messages, (message) => message.partition);
  return [...byPartition].map(([partition, group]) => ({
    partition,
    call,
    bytes: group.reduce((sum, { bytes }) => sum + bytes.length, 0),
    messages: group.map(toKafka),
  }));
}

const unavailable = (message: string, cause?: unknown) =>
  new ExpectedError('UNAVAILABLE', message, {
    hint: 'Agents keep their ticks while their spool has room.',
    cause,
  });
