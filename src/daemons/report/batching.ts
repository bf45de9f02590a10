// Batches the ticks of many requests into few bus messages: a queue a partition, one publish of it at a time.
import type { Bus, BusMessage } from '../../bus/bus.ts';
import { LIMITS, type Refusal } from '../../domain/tick.ts';
import { encodeBatch } from '../../wire/tick-writer.ts';

/** What one request has for one partition. */
export type RequestPart = {
  readonly ticks: readonly Uint8Array[];
  readonly refusals: readonly Refusal[];
  readonly backfill: boolean;
  readonly receivedMs: number;
};

export type Batcher = {
  /** Resolves when all of it is durable on the bus. */
  send(partition: number, part: RequestPart): Promise<void>;
};

type Pending = {
  readonly part: RequestPart;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
};

// Enough for any refusal: an id, a reason and a metric of full length.
const REFUSAL_BYTES = 1_024;

export function createBatcher(bus: Pick<Bus, 'publish'>): Batcher {
  const queues = new Map<number, { pending: Pending[]; running: boolean }>();

  async function run(partition: number, queue: { pending: Pending[]; running: boolean }) {
    queue.running = true;
    // Requests that are read in the same turn of the event loop share a message.
    await new Promise(setImmediate);
    while (queue.pending.length > 0) {
      const taken = queue.pending;
      queue.pending = [];
      try {
        await bus.publish(pack(partition, taken));
        for (const { resolve } of taken) resolve();
      } catch (error) {
        for (const { reject } of taken) reject(error);
      }
    }
    queue.running = false;
  }

  return {
    send(partition, part) {
      let queue = queues.get(partition);
      if (!queue) queues.set(partition, (queue = { pending: [], running: false }));
      const { pending } = queue;
      const done = new Promise<void>((resolve, reject) => pending.push({ part, resolve, reject }));
      if (!queue.running) void run(partition, queue);
      return done;
    },
  };
}

function pack(partition: number, pending: readonly Pending[]): BusMessage[] {
  // The newest arrival: within a partition received_ms never goes back, since timers run on it.
  const receivedMs = Math.max(...pending.map(({ part }) => part.receivedMs));
  // The mark is the message's: live and backfilled ticks never share one.
  return [false, true].flatMap((backfill) => {
    const parts = pending.map(({ part }) => part).filter((part) => part.backfill === backfill);
    return split(parts).map(({ ticks, refusals }) => ({
      partition,
      receivedMs,
      bytes: encodeBatch(ticks, { refusals, backfill }),
    }));
  });
}

/** Ticks and refusals in order, cut where a message would be over the limit. */
function split(parts: readonly RequestPart[]): { ticks: Uint8Array[]; refusals: Refusal[] }[] {
  const messages: { ticks: Uint8Array[]; refusals: Refusal[] }[] = [];
  let left = 0;
  const message = (bytes: number) => {
    if (messages.length === 0 || bytes > left) {
      messages.push({ ticks: [], refusals: [] });
      left = LIMITS.batchBytes;
    }
    left -= bytes;
    return messages.at(-1)!;
  };
  for (const { ticks, refusals } of parts) {
    for (const tick of ticks) message(tick.length + 6).ticks.push(tick);
    for (const refusal of refusals) message(REFUSAL_BYTES).refusals.push(refusal);
  }
  return messages;
}
