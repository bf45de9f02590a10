// One partition's records on their way to onBatch: in order, one batch at a time, again after a failure.
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { BusRecord, ConsumeOptions, LostRecords } from '../bus.ts';

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
const BACKOFF_MS = { first: 1_000, most: 30_000 };

export type PartitionReader = {
  readonly partition: number;
  /** The offset that the next record from Kafka should have. */
  next(): number;
  /** The offset of the next record to be processed. */
  position(): number;
  /** Nothing waits and nothing is processed. */
  idle(): boolean;
  add(records: readonly BusRecord[]): void;
  /** Records from `next()` to `to` are gone; told in its place among the records. */
  skip(to: number, told?: LostRecords): void;
  /** Resolves when what waits is less than one full batch, or at the time limit. True when there is room. */
  room(withinMs: number): Promise<boolean>;
  /** Aborts the running batch and waits for it. */
  stop(): Promise<void>;
};

export function createPartitionReader(
  options: ConsumeOptions,
  at: { readonly partition: number; readonly start: number; readonly clock: Clock; readonly logger: Logger },
): PartitionReader {
  const { partition, clock, logger } = at;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const queue: (BusRecord | LostRecords)[] = [];
  const abort = new AbortController();
  const { signal } = abort;
  let waitingBytes = 0;
  let next = at.start;
  let position = at.start;
  let wake = () => {};
  const watchers = new Set<() => void>();
  const loop = run();

  async function run() {
    let backoffMs = BACKOFF_MS.first;
    while (!signal.aborted) {
      const first = queue[0];
      if (!first) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
        continue;
      }
      if ('records' in first) {
        queue.shift();
        position = first.to;
        options.onLost?.(first);
        continue;
      }
      const batch = nextBatch();
      try {
        await options.onBatch(batch, signal);
        if (signal.aborted) return;
        queue.splice(0, batch.length);
        waitingBytes -= sizeOf(batch);
        position = batch.at(-1)!.offset + 1;
        backoffMs = BACKOFF_MS.first;
      } catch (error) {
        if (signal.aborted) return;
        const again = Math.round(backoffMs * (0.5 + Math.random() / 2));
        logger.warn(
          { group: options.group, partition, offset: position },
          `records could not be processed, again in ${again} ms: ${messageOf(error)}`,
        );
        await clock.sleep(again, signal).catch(() => {});
        backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
      }
      for (const watcher of [...watchers]) watcher();
    }
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

  return {
    partition,
    next: () => next,
    position: () => position,
    idle: () => queue.length === 0,
    add(records) {
      const last = records.at(-1);
      if (!last || signal.aborted) return;
      queue.push(...records);
      waitingBytes += sizeOf(records);
      next = last.offset + 1;
      wake();
    },
    skip(to, told) {
      if (told) queue.push(told);
      else if (queue.length === 0) position = to;
      next = to;
      wake();
    },
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

/** Bytes of their values. */
export const sizeOf = (records: readonly BusRecord[]) =>
  records.reduce((sum, record) => sum + record.bytes.length, 0);
