// What was fetched of one partition and waits for onBatch: bounded, in order, with the gaps between them.
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { BusRecord, ConsumeOptions, LostRecords } from '../bus.ts';
import { bytesOf, DEFAULT_MAX_BYTES, type PartitionStep, readPartition } from '../partition-reader.ts';

export type PartitionQueue = {
  readonly partition: number;
  /** The offset that the next record from Kafka should have. */
  next(): number;
  /** The offset of the next record to be processed. */
  position(): number;
  /** Nothing waits and nothing is processed. */
  idle(): boolean;
  add(records: readonly BusRecord[]): void;
  /** Records from `next()` to `to` are gone; reported in order among the records. */
  skip(to: number, lost?: LostRecords): void;
  /** Resolves when what waits is less than one full batch, or at the time limit. True when there is room. */
  room(withinMs: number): Promise<boolean>;
  /** Aborts the running batch and waits for it. */
  stop(): Promise<void>;
};

export function createPartitionQueue(
  options: ConsumeOptions,
  at: { readonly partition: number; readonly start: number; readonly clock: Clock; readonly logger: Logger },
): PartitionQueue {
  const { partition, clock, logger } = at;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const queue: (BusRecord | LostRecords)[] = [];
  const abort = new AbortController();
  const { signal } = abort;
  const watchers = new Set<() => void>();
  let waitingBytes = 0;
  let next = at.start;
  let position = at.start;
  let wake = () => {};
  const loop = readPartition({ partition, options, clock, logger, signal, next: nextStep, done });

  async function nextStep(): Promise<PartitionStep | undefined> {
    const first = queue[0];
    if (!first) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      return undefined;
    }
    return 'records' in first ? { lost: first } : { records: nextBatch() };
  }

  function nextBatch(): readonly BusRecord[] {
    const batch: BusRecord[] = [];
    let bytes = 0;
    for (const entry of queue) {
      if ('records' in entry) break;
      if (batch.length > 0 && bytes + entry.bytes.length > maxBytes) break;
      batch.push(entry);
      bytes += entry.bytes.length;
    }
    return batch;
  }

  function done(step: PartitionStep) {
    if ('lost' in step) {
      queue.shift();
      position = step.lost.to;
      return;
    }
    queue.splice(0, step.records.length);
    waitingBytes -= bytesOf(step.records);
    position = step.records.at(-1)!.offset + 1;
    for (const watcher of [...watchers]) watcher();
  }

  return {
    partition,
    next: () => next,
    position: () => position,
    idle: () => queue.length === 0,
    add(records) {
      const last = records.at(-1);
      if (!last || signal.aborted) return;
      queue.push(...records);
      waitingBytes += bytesOf(records);
      next = last.offset + 1;
      wake();
    },
    skip(to, lost) {
      if (lost) queue.push(lost);
      else if (queue.length === 0) position = to;
      next = to;
      wake();
    },
    // With time limit, since the driver sends no heartbeats while eachBatch waits.
    room(withinMs) {
      if (waitingBytes <= maxBytes) return Promise.resolve(true);
      return new Promise((resolve) => {
        const check = () => {
          if (waitingBytes <= maxBytes || signal.aborted) settle();
        };
        const settle = () => {
          watchers.delete(check);
          clearTimeout(timer);
          resolve(waitingBytes <= maxBytes);
        };
        const timer = setTimeout(settle, withinMs);
        watchers.add(check);
      });
    },
    async stop() {
      abort.abort(new Error('the consumer is stopping'));
      wake();
      for (const watcher of [...watchers]) watcher();
      await loop;
    },
  };
}
