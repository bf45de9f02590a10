// Delivers the records of a partition to onBatch, on every bus: in order, retried after a failure, gaps in order.
import { messageOf } from '../domain/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logging.ts';
import { createBackoff } from '../runtime/retry.ts';
import type { BusRecord, ConsumeOptions, LostRecords } from './bus.ts';

/** Of records in one call of onBatch. */
export const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;

export type PartitionStep = { readonly records: readonly BusRecord[] } | { readonly lost: LostRecords };

export type PartitionReading = {
  readonly partition: number;
  readonly options: ConsumeOptions;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the loop, also in the middle of a batch or a backoff. */
  readonly signal: AbortSignal;
  /** What comes next; undefined when it has to be asked again. The same again until `done` was called with it. */
  next(): Promise<PartitionStep | undefined>;
  done(step: PartitionStep): void;
  /** Whether no retry can help: the loop rejects with the error. */
  isFatal?(): boolean;
};

/** Resolves when the signal was aborted. */
export async function readPartition(reading: PartitionReading): Promise<void> {
  const { partition, options, clock, logger, signal, next, done, isFatal } = reading;
  const backoff = createBackoff({ firstMs: 1_000, maxMs: 30_000 });
  while (!signal.aborted) {
    try {
      const step = await next();
      if (signal.aborted) return;
      if (!step) continue;
      if ('lost' in step) options.onLost?.(step.lost);
      else await options.onBatch(step.records, signal);
      if (signal.aborted) return;
      done(step);
      backoff.reset();
    } catch (error) {
      if (signal.aborted) return;
      if (isFatal?.()) throw error;
      const delayMs = backoff.next();
      logger.warn(
        { group: options.group, partition },
        `cannot process records, retrying in ${delayMs} ms: ${messageOf(error)}`,
      );
      await clock.sleep(delayMs, signal).catch(() => {});
    }
  }
}

/** Bytes of the records' values. */
export const bytesOf = (records: readonly BusRecord[]) =>
  records.reduce((sum, record) => sum + record.bytes.length, 0);
