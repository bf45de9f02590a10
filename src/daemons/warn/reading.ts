// Consumes the stream: decodes records, passes their ticks to the evaluation, and tracks the offsets.
import {
  BUS_SCHEMA,
  type Bus,
  type BusPosition,
  type BusReader,
  type BusRecord,
  DAMAGED_SCHEMA,
} from '../../bus/bus.ts';
import type { StoredAlerts } from '../../catalog/alert-states.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createDerivedTicks } from '../../wire/derived-ticks.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import { createTickReader, isBackfill } from '../../wire/tick-reader.ts';
import type { Evaluation } from './evaluation/evaluation.ts';

const WARN_READER = 'minimon.warn';

export type ReadingParts = {
  readonly bus: Bus;
  readonly evaluation: Pick<Evaluation, 'backfilled' | 'heartbeat' | 'tick'>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly onDead: (error: Error) => void;
};

export function createReading({ bus, evaluation, clock, logger, metrics, onDead }: ReadingParts) {
  const decoder = createTickReader();
  const derived = createDerivedTicks({ comeAgain: false });
  const mayLog = createThrottle(clock.monotonicMs);
  const watermarks = new Map<number, number>();
  const { received, backfilled, unreadable, skipped } = registerMetrics(metrics, derived, watermarks);
  /** Of what was evaluated. */
  const offsets = new Map<number, number>();
  /** What comes before was evaluated before this start: only the rates of what follows need it. */
  const first = new Map<number, number>();
  let reader: BusReader | undefined;

  async function onBatch(records: readonly BusRecord[]) {
    for (const record of records) {
      const { partition, receivedMs, offset } = record;
      if (offset < (first.get(partition) ?? 0)) {
        warmUp(record);
        continue;
      }
      take(record);
      watermarks.set(partition, Math.max(receivedMs, watermarks.get(partition) ?? 0));
      offsets.set(partition, offset + 1);
    }
  }

  function warmUp({ schema, bytes, partition, offset, receivedMs }: BusRecord) {
    if (schema !== BUS_SCHEMA) return;
    derived.begin({ partition, next: offset + 1, receivedMs });
    try {
      decoder.readBatch(bytes, (view) => derived.take(view, () => {}));
    } catch (error) {
      // It was counted when it was evaluated.
      if (!(error instanceof DecodeError)) throw error;
    }
  }

  function take({ schema, bytes, partition, offset, receivedMs }: BusRecord) {
    try {
      if (schema === DAMAGED_SCHEMA) throw new DecodeError('it is damaged on disk');
      if (schema !== BUS_SCHEMA) throw new DecodeError(`schema ${schema} is unknown`);
      const backfill = isBackfill(bytes);
      derived.begin({ partition, next: offset + 1, receivedMs });
      let samples = 0;
      const { heartbeat } = decoder.readBatch(bytes, (view) => {
        samples += view.values.length;
        // Records of before report refused such ticks: persist makes dead letters of them.
        if (view.textError !== undefined) return;
        if (backfill) evaluation.backfilled(view, { partition, receivedMs });
        else derived.take(view, (tick) => evaluation.tick(tick, { partition, receivedMs }));
      });
      received.add(samples);
      if (backfill) backfilled.add(samples);
      if (heartbeat) evaluation.heartbeat(partition, receivedMs);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      // persist stores it as a dead letter; here it is skipped.
      unreadable.add();
      if (mayLog('unreadable')) {
        logger.warn({ partition, offset }, `a record cannot be read: ${error.message}`);
      }
    }
  }

  return {
    reached: () => reachedBy(offsets, derived),
    receivedMs: (partition: number): number | undefined => watermarks.get(partition),
    skipped: (): number => skipped.value(),
    /**
     * A partition without an offset starts at its latest record, so that a new installation does not notify of the
     * past.
     */
    async start(stored: Pick<StoredAlerts, 'offsets' | 'readFrom'>): Promise<void> {
      const ends = await bus.lag(WARN_READER);
      for (const { partition, end } of ends) {
        offsets.set(partition, stored.offsets.get(partition) ?? end);
        // A log that was deleted and recreated has other records at these offsets.
        if (offsets.get(partition)! <= end) first.set(partition, offsets.get(partition)!);
      }
      reader = await bus.read({
        name: WARN_READER,
        offsets: new Map([...offsets, ...[...stored.readFrom].filter(([partition]) => first.has(partition))]),
        onBatch,
        onLost(gap) {
          // What is gone of the records before was evaluated.
          const records = Math.min(gap.records, gap.to - (first.get(gap.partition) ?? 0));
          if (records <= 0) return;
          skipped.add(records);
          logger.warn(
            gap,
            `${records} bus records were deleted before warn read them: their ticks are not evaluated`,
          );
        },
        onDead,
      });
    },
    /** Of every partition. Rejects while the bus does not answer; none before the start. */
    lag: async (): Promise<readonly BusPosition[]> => reader?.lag() ?? [],
    stop: async (): Promise<void> => reader?.stop(),
  };
}

/** Where the next reader begins to evaluate, and to read for its rates. */
const reachedBy = (
  offsets: ReadonlyMap<number, number>,
  derived: Pick<ReturnType<typeof createDerivedTicks>, 'warmFrom'>,
) => ({
  offsets: new Map(offsets),
  readFrom: new Map(
    [...offsets].map(([partition, offset]) => [partition, derived.warmFrom(partition, offset)]),
  ),
});

/** Returns what counts records and their samples. */
function registerMetrics(
  metrics: Metrics,
  derived: Pick<ReturnType<typeof createDerivedTicks>, 'copies' | 'overLimit'>,
  watermarks: ReadonlyMap<number, number>,
) {
  metrics.gauge(
    'samples_deduplicated',
    'Duplicate samples and counters of replicas, which are neither stored nor evaluated',
    derived.copies,
  );
  metrics.gauge(
    'counters_over_limit',
    'Counter readings without rates, because a host has more than 8,192 counters from one source',
    derived.overLimit,
  );
  metrics.gauge(
    'stream_received_ms',
    "Report's clock at the newest record that was read, in milliseconds",
    () => Object.fromEntries([...watermarks].map(([partition, ms]) => [String(partition), ms])),
    'partition',
  );

  return {
    received: metrics.counter('samples_received_total', 'Samples in records from the bus'),
    backfilled: metrics.counter('samples_ignored_total', 'Backfilled samples, which no rule evaluates'),
    unreadable: metrics.counter(
      'records_unreadable_total',
      'Records that could not be read and were skipped',
    ),
    skipped: metrics.counter('records_skipped_total', 'Records trimmed before warn read them'),
  };
}
