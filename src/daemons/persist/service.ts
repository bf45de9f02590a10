// What persist does: takes records from the bus in order, stores them, names what cannot be stored, commits.
import type { Bus, BusConsumer, BusLag, BusRecord, LostRecords } from '../../bus/bus.ts';
import type { DeadLetter, DeadLetters } from '../../bus/deadletter.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { RejectedSample, Store } from '../../store/store.ts';
import { type Progress, watchProgress } from './progress.ts';
import { createRecordReader } from './record-reading.ts';

export const PERSIST_GROUP = 'minimon.persist';

export type PersistParts = {
  readonly bus: Bus;
  readonly store: Store;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** No record will ever come again: the daemon should end, so that its supervisor starts it anew. */
  readonly onDead?: (error: Error) => void;
};

export type PersistService = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** Undefined while it works, else why not. */
  unhealthy(): string | undefined;
  lags(): readonly BusLag[];
  lost(): readonly LostRecords[];
};

export function createPersistService(parts: PersistParts): PersistService {
  const { bus, store, deadLetters, clock, logger, metrics } = parts;
  const read = createRecordReader();
  const counts = createCounts(metrics);
  const mayLog = createThrottle(60_000, () => clock.nowMs());
  // Records that came before and come again after a failure are not received a second time.
  const seen = new Map<number, number>();
  const lost: LostRecords[] = [];
  let consumer: BusConsumer | undefined;
  let progress: Progress | undefined;
  let dead: Error | undefined;
  const lags = () => progress?.lags() ?? [];

  async function onBatch(records: readonly BusRecord[]) {
    const { good, unreadable } = read(records);
    for (const { record, samples } of good) {
      if (record.offset < (seen.get(record.partition) ?? 0)) continue;
      counts.received.add(samples);
      counts.queued += samples;
      seen.set(record.partition, record.offset + 1);
    }
    if (good.length > 0) {
      const result = await store.write(
        good.map(({ record }) => ({
          partition: record.partition,
          next: record.offset + 1,
          receivedMs: record.receivedMs,
          bytes: record.bytes,
        })),
      );
      if (result.rejected.length > 0) {
        await bury(result.rejected.map((sample) => sampleLetter(sample, records.at(-1)!)));
      }
      const samples = good.reduce((sum, { samples }) => sum + samples, 0);
      counts.stored.add(result.samples);
      counts.rejected.add(result.rejected.reduce((sum, { samples }) => sum + samples, 0));
      counts.queued -= samples;
    }
    if (unreadable.length > 0) {
      await bury(
        unreadable.map(({ record: { partition, offset, receivedMs, schema, bytes }, reason }) => ({
          writtenMs: clock.nowMs(),
          reason,
          partition,
          offset,
          receivedMs,
          record: { schema, bytes },
        })),
      );
      counts.unreadable.add(unreadable.length);
    }
    counts.records.add(records.length);
  }

  async function bury(letters: readonly DeadLetter[]) {
    await deadLetters.put(letters);
    const [first] = letters;
    if (first && mayLog(first.reason)) {
      const { reason, partition, offset, sample } = first;
      logger.warn(
        { letters: letters.length, partition, offset, host: sample?.hostId, metric: sample?.metric },
        `what could not be stored is in the dead letters: ${reason}`,
      );
    }
  }

  const sampleLetter = (
    rejected: RejectedSample,
    { partition, offset, receivedMs }: BusRecord,
  ): DeadLetter => {
    const { hostId, timeMs, metric, labels, value, reason } = rejected;
    const sample = { hostId, timeMs, metric, labels, value };
    return { writtenMs: clock.nowMs(), reason, partition, offset, receivedMs, sample };
  };

  function onLost(gap: LostRecords) {
    lost.push(gap);
    counts.lost.add(gap.records, { partition: String(gap.partition) });
    logger.error(gap, `${gap.records} records were lost before they were stored: the bus no longer has them`);
  }

  // The whole group's: a partition that lost its reader would be in nobody's own numbers.
  const byPartition = (value: (lag: BusLag) => number) => async () => {
    const now = await bus.lag(PERSIST_GROUP);
    return Object.fromEntries(now.map((lag) => [String(lag.partition), value(lag)]));
  };
  metrics.gauge(
    'bus_unread',
    'Records not read yet',
    byPartition((lag) => lag.unread),
    'partition',
  );
  metrics.gauge(
    'bus_uncommitted',
    'Records that would be read again after a crash',
    byPartition((lag) => lag.uncommitted),
    'partition',
  );
  metrics.gauge('deadletter_kept', 'Dead letters that are kept', () => deadLetters.stats().kept);
  metrics.gauge('deadletter_dropped', 'Dead letters given up for room', () => deadLetters.stats().dropped);
  metrics.gauge('store', 'What the store says of itself', () => store.stats(), 'stat');

  return {
    async start() {
      consumer = await bus.consume({
        group: PERSIST_GROUP,
        from: 'earliest',
        holds: true,
        onBatch,
        onLost,
        onDead(error) {
          dead = error;
          logger.fatal({ err: error }, 'the bus gives no records any more');
          parts.onDead?.(error);
        },
      });
      progress = watchProgress({ consumer, store, clock, logger });
    },
    async stop() {
      // First the reading, then one last commit of what the store has.
      await consumer?.stop();
      await progress?.stop();
    },
    unhealthy: () => (dead ? `the bus gives no records any more: ${dead.message}` : progress?.stalled()),
    lags,
    lost: () => lost,
  };
}

/** received = stored + rejected + queued, in samples; records that cannot be read or were lost are counted as records. */
function createCounts(metrics: Metrics) {
  const counts = {
    received: metrics.counter('samples_received_total', 'Samples in records from the bus, each record once'),
    stored: metrics.counter('samples_stored_total', 'Samples the store has'),
    rejected: metrics.counter('samples_rejected_total', 'Samples the store refused, now dead letters'),
    records: metrics.counter('records_processed_total', 'Records from the bus that are done with'),
    unreadable: metrics.counter('records_unreadable_total', 'Records that became dead letters whole'),
    lost: metrics.counter('records_lost_total', 'Records the bus lost before they were read', ['partition']),
    queued: 0,
  };
  metrics.gauge('samples_queued', 'Samples that wait for the store', () => counts.queued);
  return counts;
}
