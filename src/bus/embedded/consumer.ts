// A group consumer of the embedded bus: one loop per partition over existing and new records.
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { BusRecord, ConsumeOptions } from '../bus.ts';
import { DEFAULT_MAX_BYTES, type PartitionStep, readPartition } from '../partition-reader.ts';

export type RecordSource = {
  readonly partitions: number;
  /** Records at or after `from`; none while there are none. */
  read(at: { partition: number; from: number; maxBytes: number }): Promise<readonly BusRecord[]>;
  end(partition: number): number;
  /** Resolves when the partition's end is past `from`; rejects when the signal aborts or the bus dies. */
  appended(at: { partition: number; from: number }, signal: AbortSignal): Promise<void>;
  /** How many records were ever between two offsets. */
  count(partition: number, from: number, to: number): number;
  /** Why there will be no more records ever. */
  dead(): Error | undefined;
};

export type EmbeddedConsumer = {
  /** By partition: the offset of the next record to be read. */
  readonly positions: readonly number[];
  stop(): Promise<void>;
};

export function startConsumer(
  options: ConsumeOptions,
  parts: {
    readonly source: RecordSource;
    readonly from: readonly number[];
    readonly clock: Clock;
    readonly logger: Logger;
  },
): EmbeddedConsumer {
  const { source, clock, logger } = parts;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const positions = [...parts.from];
  const abort = new AbortController();
  const { signal } = abort;
  const loops = positions.map((_, partition) =>
    readPartition({
      partition,
      options,
      clock,
      logger,
      signal,
      next: () => next(partition),
      done(step) {
        positions[partition] = 'lost' in step ? step.lost.to : step.records.at(-1)!.offset + 1;
      },
      isFatal: () => source.dead() !== undefined,
    }).catch(onEnd),
  );

  async function next(partition: number): Promise<PartitionStep | undefined> {
    const from = positions[partition]!;
    const end = source.end(partition);
    if (end <= from) {
      await source.appended({ partition, from }, signal);
      return undefined;
    }
    // `end` was taken before: what is appended during the read must not look like a gap.
    const records = await source.read({ partition, from, maxBytes });
    // Without records everything up to the end that was known before the read is gone.
    const first = records[0]?.offset ?? end;
    if (first === from) return { records };
    const lost = source.count(partition, from, first);
    if (lost > 0) return { lost: { partition, from, to: first, records: lost } };
    positions[partition] = first;
    return records.length > 0 ? { records } : undefined;
  }

  function onEnd(error: unknown) {
    if (signal.aborted) return;
    options.onDead?.(error instanceof Error ? error : new Error(String(error)));
  }

  return {
    positions,
    async stop() {
      abort.abort(new Error('the consumer is stopping'));
      await Promise.all(loops);
    },
  };
}
