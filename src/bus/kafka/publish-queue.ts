// What waits to be published to Kafka: the parts of each call by partition, and the calls that wait for them.
import type { Message } from 'kafkajs';
import { ExpectedError } from '../../domain/errors.ts';
import type { BusMessage } from '../bus.ts';
import { toKafka } from './topic.ts';

/** All of one publish call's messages for one partition. */
export type Part = {
  readonly partition: number;
  readonly messages: readonly Message[];
  readonly bytes: number;
  call: Call;
};
export type Call = {
  /** Parts that are not confirmed yet. */
  open: number;
  settled: boolean;
  readonly result: Promise<void>;
  settle(error?: unknown): void;
};

// A record batch may have 1 MiB by the broker's default; a partition's messages of one send are one batch.
const MAX_BATCH_BYTES = 900 * 1024;

/** One call of publish: settled by its last part, by an error of any, or by the timeout. */
export function openCall(of: {
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

export type Waiting = ReturnType<typeof createWaiting>;

/** What waits to be sent, by partition in the order in which it was published. */
export function createWaiting() {
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

export function split(messages: readonly BusMessage[], call: Call): readonly Part[] {
  const byPartition = Map.groupBy(messages, (message) => message.partition);
  return [...byPartition].map(([partition, group]) => ({
    partition,
    call,
    bytes: group.reduce((sum, { bytes }) => sum + bytes.length, 0),
    messages: group.map(toKafka),
  }));
}

export const unavailable = (message: string, cause?: unknown) =>
  new ExpectedError('UNAVAILABLE', message, {
    hint: 'Agents buffer ticks in their spool.',
    cause,
  });
