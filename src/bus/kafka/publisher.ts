// Kafka producer: batches by leader, checks the acknowledgement of every partition, retries what was not acknowledged.
import type { Producer } from 'kafkajs';
import type { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { type Backoff, createBackoff } from '../../runtime/retry.ts';
import type { BusMessage } from '../bus.ts';
import { type Confirmations, createConfirmations } from './confirmations.ts';
import type { Client } from './driver.ts';
import {
  type Call,
  createWaiting,
  openCall,
  type Part,
  split,
  unavailable,
  type Waiting,
} from './publish-queue.ts';
import { typeOf } from './topic.ts';

export type Publisher = {
  publish(messages: readonly BusMessage[]): Promise<void>;
  /**
   * Why what is published to these partitions now would probably be rejected: one that has confirmed nothing for
   * too long. It ends with a confirmation, or when nothing was sent there for `timeoutMs`: the state is then unknown.
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
