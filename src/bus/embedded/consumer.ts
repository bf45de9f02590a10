// One group's reading of the embedded bus: a loop a partition, in order, again after a failure, gaps told once.
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { BusRecord, ConsumeOptions } from '../bus.ts';

const DEFAULT_MAX_BYTES = 4 * 1024 * 1024;
const BACKOFF_MS = { first: 1_000, most: 30_000 };

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

export type Reading = {
  /** By partition: the offset of the next record to be read. */
  readonly positions: readonly number[];
  stop(): Promise<void>;
};

export function startReading(
  options: ConsumeOptions,
  parts: {
    readonly source: RecordSource;
    readonly from: readonly number[];
    readonly clock: Clock;
    readonly logger: Logger;
  },
): Reading {
  const { source, clock, logger } = parts;
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const positions = [...parts.from];
  const abort = new AbortController();
  const { signal } = abort;
  const loops = positions.map((_, partition) => run(partition).catch(onEnd));

  async function run(partition: number) {
    let backoffMs = BACKOFF_MS.first;
    while (!signal.aborted) {
      try {
        await step(partition);
        backoffMs = BACKOFF_MS.first;
      } catch (error) {
        if (signal.aborted) return;
        if (source.dead()) throw error;
        const again = Math.round(backoffMs * (0.5 + Math.random() / 2));
        logger.warn(
          { group: options.group, partition, offset: positions[partition] },
          `records could not be processed, again in ${again} ms: ${messageOf(error)}`,
        );
        await clock.sleep(again, signal);
        backoffMs = Math.min(backoffMs * 2, BACKOFF_MS.most);
      }
    }
  }

  async function step(partition: number) {
    const from = positions[partition]!;
    const end = source.end(partition);
    if (end <= from) return source.appended({ partition, from }, signal);
    const records = await source.read({ partition, from, maxBytes });
    if (signal.aborted) return;
    // Without records everything up to the end that was known before the reading is gone.
    const first = records[0]?.offset ?? end;
    if (first > from) {
      positions[partition] = first;
      const lost = source.count(partition, from, first);
      if (lost > 0) options.onLost?.({ partition, from, to: first, records: lost });
    }
    const last = records.at(-1);
    if (!last) return;
    await options.onBatch(records, signal);
    positions[partition] = last.offset + 1;
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
