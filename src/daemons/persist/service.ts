// The persist service: consumes the bus in order, stores records, dead-letters what cannot be stored, commits offsets.
import {
  BUS_SCHEMA,
  type Bus,
  type BusConsumer,
  type BusLag,
  type BusRecord,
  DAMAGED_SCHEMA,
  type LostRecords,
} from '../../bus/bus.ts';
import type { DeadLetter, DeadLetters } from '../../bus/deadletter.ts';
import { roughDuration } from '../../domain/duration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import type { RejectedSample, Store } from '../../store/store.ts';
import { DecodeError } from '../../wire/protobuf.ts';
import { createTickReader } from '../../wire/tick-reader.ts';
import { type Progress, watchProgress } from './progress.ts';
import { createReplay } from './replay.ts';

/** Heartbeats come every 10 s. */
const CLOCKS_DIFFER_MS = 120_000;

export const PERSIST_GROUP = 'minimon.persist';

export type PersistParts = {
  readonly bus: Bus;
  readonly store: Store;
  readonly deadLetters: DeadLetters;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The consumer stopped for good: the daemon should exit, so that its supervisor restarts it. */
  readonly onDead?: (error: Error) => void;
};

export type PersistService = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** While the start-up replay is under way: which answers may lack what, in words. */
  replaying(): string | undefined;
  /** That this machine's clock and report's differ by minutes. */
  clockNote(): string | undefined;
  /** Undefined while records move, else why not. */
  unhealthy(): string | undefined;
  lags(): readonly BusLag[];
  lost(): readonly LostRecords[];
};

export function createPersistService(parts: PersistParts): PersistService {
  const { bus, store, clock, logger, metrics } = parts;
  const counts = createCounts(metrics);
  const storeRecords = createStoring(parts, counts);
  // Records that come again after a failure are counted once.
  const seen = new Map<number, number>();
  const processed = new Map<number, number>();
  const losses = createLosses(counts, logger);
  const replay = createReplay(clock);
  let newest: { readonly receivedMs: number; readonly atMs: number } | undefined;
  let consumer: BusConsumer | undefined;
  let progress: Progress | undefined;
  let dead: Error | undefined;
  const lags = () => progress?.lags() ?? [];

  async function onBatch(records: readonly BusRecord[]) {
    receive(records);
    await storeRecords(records);
    // Only now, after the dead letters are durable, may the offset be committed.
    for (const { partition, offset, receivedMs } of records) {
      processed.set(partition, offset + 1);
      replay.processed(partition, offset + 1, receivedMs);
      newest = { receivedMs, atMs: clock.monotonicMs() };
    }
    counts.records.add(records.length);
    counts.queued -= records.length;
  }

  function receive(records: readonly BusRecord[]) {
    for (const { partition, offset } of records) {
      if (offset < (seen.get(partition) ?? 0)) continue;
      seen.set(partition, offset + 1);
      counts.recordsReceived.add();
      counts.queued++;
    }
  }

  /** Samples are judged by report's clock: this one only names what is odd, and says so. */
  function clockNote(): string | undefined {
    if (!newest || replay.pending() !== undefined || lags().some(({ unread }) => unread > 0))
      return undefined;
    const behindMs = newest.receivedMs + clock.monotonicMs() - newest.atMs - clock.nowMs();
    if (Math.abs(behindMs) < CLOCKS_DIFFER_MS) return undefined;
    const off = `${roughDuration(Math.abs(behindMs))} ${behindMs > 0 ? 'behind' : 'ahead of'}`;
    return `this machine's clock is ${off} report's, by the newest record; samples are judged by report's`;
  }

  /** An unhealthy store is waited for; a stall without a known reason may be fixed by a restart. */
  function onStalled(why: string) {
    if (dead || store.unhealthy() !== undefined) return;
    dead = new Error(why);
    logger.fatal(why);
    parts.onDead?.(dead);
  }

  registerGauges(parts);

  return {
    async start() {
      const had = await store.consumed?.();
      consumer = await bus.consume({
        group: PERSIST_GROUP,
        from: 'earliest',
        holds: true,
        onBatch,
        onLost: losses.onLost,
        onDead(error) {
          dead = error;
          logger.fatal({ err: error }, 'the bus consumer failed permanently');
          parts.onDead?.(error);
        },
      });
      if (had)
        for (const lag of await consumer.lag()) losses.onStoreBehind(lag, had.get(lag.partition)?.next ?? 0);
      progress = watchProgress({
        ...{ consumer, store, processed, clock, logger, onStalled },
        onLags: replay.look,
      });
    },
    async stop() {
      // First the consumer, then a last commit of what the store has.
      await consumer?.stop();
      await progress?.stop();
    },
    unhealthy: () => (dead ? `the bus consumer failed: ${dead.message}` : progress?.stalled()),
    lags,
    lost: losses.all,
    replaying: replay.pending,
    clockNote,
  };
}

type Unreadable = { readonly record: BusRecord; readonly reason: string };

/** Records that were lost. */
function createLosses(counts: Counts, logger: Logger) {
  const lost: LostRecords[] = [];

  function onLost(gap: LostRecords) {
    lost.push(gap);
    counts.lost.add(gap.records, { partition: String(gap.partition) });
    logger.error(gap, `${gap.records} records were lost before they were stored: the bus no longer has them`);
  }

  /** Only what it had read was committed. */
  function onStoreBehind({ partition, committed }: BusLag, next: number) {
    if (committed <= next) return;
    counts.lost.add(committed - next, { partition: String(partition) });
    logger.error(
      { partition, committed, next },
      `the store is an older copy, or lost its files: it has read up to record ${next} of partition ${partition}, and ${committed} were stored before. ` +
        `Samples of up to ${committed - next} records are lost, and what is known of hosts may be out of date`,
    );
  }

  return { onLost, onStoreBehind, all: (): readonly LostRecords[] => lost };
}

/** Where records go: their samples to the store, what it rejects and what cannot be read to the dead letters. */
function createStoring({ store, deadLetters, clock, logger }: PersistParts, counts: Counts) {
  const mayLog = createThrottle(clock.monotonicMs);

  async function write(records: readonly BusRecord[]) {
    if (records.length === 0) return;
    const { samples, rejected } = await store.write(
      records.map(({ partition, offset, receivedMs, bytes }) => ({
        partition,
        next: offset + 1,
        receivedMs,
        bytes,
      })),
    );
    if (rejected.length > 0) {
      const recordOf = ({ record: { partition, next } }: RejectedSample) =>
        records.find((record) => record.partition === partition && record.offset + 1 === next)!;
      await deadLetter(rejected.map((sample) => sampleLetter(sample, recordOf(sample))));
    }
    const rejectedSamples = rejected.reduce((sum, one) => sum + one.samples, 0);
    counts.received.add(samples + rejectedSamples);
    counts.stored.add(samples);
    counts.rejected.add(rejectedSamples);
  }

  async function deadLetter(letters: readonly DeadLetter[]) {
    await deadLetters.put(letters);
    const [first] = letters;
    if (first && mayLog(first.reason)) {
      const { reason, partition, offset, sample } = first;
      logger.warn(
        { letters: letters.length, partition, offset, host: sample?.hostId, metric: sample?.metric },
        `dead-lettered: ${reason}`,
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

  const recordLetter = ({
    record: { partition, offset, receivedMs, schema, bytes },
    reason,
  }: Unreadable): DeadLetter => ({
    writtenMs: clock.nowMs(),
    reason,
    partition,
    offset,
    receivedMs,
    record: { schema, bytes },
  });

  /** Resolves when each record is in the store or among the dead letters. */
  async function storeRecords(records: readonly BusRecord[]) {
    const known = records.filter((record) => record.schema === BUS_SCHEMA);
    const unreadable: Unreadable[] = records
      .filter((record) => record.schema !== BUS_SCHEMA)
      .map((record) => ({
        record,
        reason:
          record.schema === DAMAGED_SCHEMA
            ? 'record is damaged on disk: its checksum does not fit'
            : `record has schema ${record.schema}; this minimon knows ${BUS_SCHEMA}`,
      }));
    // A record that cannot be decoded fails the whole write: all such are set aside and the others written again.
    await write(known).catch(async (error: unknown) => {
      const isDamage = error instanceof ExpectedError && error.code === 'BAD_REQUEST';
      const damaged = isDamage ? undecodableOf(known) : [];
      if (damaged.length === 0) throw error;
      unreadable.push(...damaged);
      const set = new Set(damaged.map(({ record }) => record));
      await write(known.filter((record) => !set.has(record)));
    });
    if (unreadable.length === 0) return;
    // Listed in the order of the bus, whichever check found them.
    unreadable.sort((a, b) => a.record.offset - b.record.offset);
    await deadLetter(unreadable.map(recordLetter));
    counts.unreadable.add(unreadable.length);
  }

  return storeRecords;
}

/** What others count, read when the metrics are. */
function registerGauges({ bus, store, deadLetters, metrics }: PersistParts): void {
  // The whole group's: a partition that lost its reader would be in no process's own numbers.
  const byPartition = (value: (lag: BusLag) => number) => async () => {
    const now = await bus.lag(PERSIST_GROUP);
    return Object.fromEntries(now.map((lag) => [String(lag.partition), value(lag)]));
  };
  metrics.gauge(
    'bus_unread',
    'Consumer lag in records',
    byPartition((lag) => lag.unread),
    'partition',
  );
  metrics.gauge(
    'bus_uncommitted',
    'Records that would be read again after a crash',
    byPartition((lag) => lag.uncommitted),
    'partition',
  );
  metrics.gauge('deadletter_kept', 'Dead letters stored', () => deadLetters.stats().kept);
  metrics.gauge(
    'deadletter_dropped',
    'Dead letters dropped at the size limit, or lost with a damaged file',
    () => deadLetters.stats().dropped,
  );
  metrics.gauge('store', 'Numbers of the store', () => store.stats(), 'stat');
}

/** Only when the store has found one: it does not say how many there are. */
function undecodableOf(records: readonly BusRecord[]): Unreadable[] {
  const reader = createTickReader();
  return records.flatMap((record) => {
    try {
      reader.readBatch(record.bytes, () => {});
      return [];
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      return { record, reason: `record cannot be decoded: ${error.message}` };
    }
  });
}

type Counts = ReturnType<typeof createCounts>;

/**
 * Of samples received = stored + rejected, of records received = processed + queued: how many samples a record holds is
 * known when the store has decoded it.
 */
function createCounts(metrics: Metrics) {
  const counts = {
    received: metrics.counter('samples_received_total', 'Samples in records that the store has decoded'),
    stored: metrics.counter('samples_stored_total', 'Samples stored'),
    rejected: metrics.counter('samples_rejected_total', 'Samples the store rejected, now dead letters'),
    recordsReceived: metrics.counter('records_received_total', 'Records from the bus, each once'),
    records: metrics.counter('records_processed_total', 'Records that are stored or dead letters'),
    unreadable: metrics.counter('records_unreadable_total', 'Records that became dead letters whole'),
    lost: metrics.counter('records_lost_total', 'Records the bus lost before they were read', ['partition']),
    queued: 0,
  };
  metrics.gauge('records_queued', 'Records waiting for the store', () => counts.queued);
  return counts;
}
