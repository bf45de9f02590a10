// What warn does until it has rules: follows the stream from its latest record and knows how far it is.
import type { WarnService, WarnStatus } from '../../api/warn.ts';
import { BUS_SCHEMA, type Bus, type BusConsumer, type BusLag, type BusRecord } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createTickReader } from '../../wire/tick-codec.ts';

export const WARN_GROUP = 'minimon.warn';

export type WarnParts = {
  readonly bus: Bus;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The consumer stopped for good: the daemon should exit, so that its supervisor restarts it. */
  readonly onDead?: (error: Error) => void;
};

const COMMIT_EVERY_MS = 1_000;

export function createWarnService(parts: WarnParts): WarnService & {
  start(): Promise<void>;
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  /** As of the last commit, at most a second ago. */
  lags(): readonly BusLag[];
} {
  const { bus, clock, logger, metrics } = parts;
  const reader = createTickReader();
  const mayLog = createThrottle(60_000, clock.monotonicMs);
  const received = metrics.counter('samples_received_total', 'Samples in records from the bus');
  const backfilled = metrics.counter('samples_ignored_total', 'Backfilled samples, which no rule evaluates');
  const unreadable = metrics.counter(
    'records_unreadable_total',
    'Records that could not be read and were skipped',
  );
  const skipped = metrics.counter('records_skipped_total', 'Records trimmed before warn read them');
  const watermarks = new Map<number, number>();
  const done = new Map<number, number>();
  const abort = new AbortController();
  let consumer: BusConsumer | undefined;
  let committing = Promise.resolve();
  let lags: readonly BusLag[] = [];
  let dead: Error | undefined;

  async function onBatch(records: readonly BusRecord[]) {
    for (const record of records) {
      take(record);
      const { partition, receivedMs, offset } = record;
      watermarks.set(partition, Math.max(receivedMs, watermarks.get(partition) ?? 0));
      done.set(partition, offset + 1);
    }
  }

  function take({ schema, bytes, partition, offset }: BusRecord) {
    try {
      if (schema !== BUS_SCHEMA) throw new RangeError(`schema ${schema} is unknown`);
      let samples = 0;
      const { backfill } = reader.readBatch(bytes, ({ values }) => {
        samples += values.length;
      });
      received.add(samples);
      if (backfill) backfilled.add(samples);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      // persist keeps it as a dead letter; here it only must not end the stream.
      unreadable.add();
      if (mayLog('unreadable')) {
        logger.warn({ partition, offset }, `a record cannot be read: ${error.message}`);
      }
    }
  }

  async function commitNow() {
    if (!consumer) return;
    try {
      await consumer.commit(new Map(done));
      lags = await consumer.lag();
    } catch (error) {
      if (mayLog('commit')) logger.warn(`offsets could not be committed: ${messageOf(error)}`);
    }
  }

  async function commitLoop() {
    while (!abort.signal.aborted) {
      await commitNow();
      await clock.sleep(COMMIT_EVERY_MS, abort.signal).catch(() => {});
    }
  }

  metrics.gauge(
    'bus_unread',
    'Records not read yet',
    async () => {
      const now = await bus.lag(WARN_GROUP);
      return Object.fromEntries(now.map(({ partition, unread }) => [String(partition), unread]));
    },
    'partition',
  );
  metrics.gauge(
    'stream_received_ms',
    "Report's clock at the newest record that was read, in milliseconds",
    () => Object.fromEntries([...watermarks].map(([partition, ms]) => [String(partition), ms])),
    'partition',
  );

  return {
    async start() {
      consumer = await bus.consume({
        group: WARN_GROUP,
        from: 'latest',
        onBatch,
        onLost(gap) {
          skipped.add(gap.records);
          logger.warn(gap, `${gap.records} records were trimmed before warn read them`);
        },
        onDead(error) {
          dead = error;
          logger.fatal({ err: error }, 'the consumer stopped');
          parts.onDead?.(error);
        },
      });
      committing = commitLoop();
    },
    async stop() {
      abort.abort();
      await consumer?.stop();
      await committing;
      await commitNow();
    },
    unhealthy: () => dead && `the consumer stopped: ${dead.message}`,
    lags: () => lags,
    async status(): Promise<WarnStatus> {
      const now = await bus.lag(WARN_GROUP);
      return {
        nowMs: clock.nowMs(),
        partitions: now.map((lag) => {
          const receivedMs = watermarks.get(lag.partition);
          return { ...lag, ...(receivedMs !== undefined && { receivedMs }) };
        }),
        skippedRecords: skipped.value(),
      };
    },
  };
}
