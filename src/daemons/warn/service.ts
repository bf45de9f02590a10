// What warn does: reads the stream, has its ticks evaluated, stores what is open before it commits, and lists alerts.
import type { WarnService, WarnStatus } from '../../api/warn.ts';
import { BUS_SCHEMA, type Bus, type BusConsumer, type BusLag, type BusRecord } from '../../bus/bus.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { AlertState } from '../../domain/alerting/alert.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { createTickReader, isBackfill } from '../../wire/tick-codec.ts';
import { createEvaluation, type EvaluationParts } from './evaluation/evaluation.ts';
import type { Notifier } from './notification/notifier.ts';
import { createOperatorCalls, type OperatorCalls } from './operator-calls.ts';

export const WARN_GROUP = 'minimon.warn';

export type WarnParts = {
  readonly bus: Bus;
  readonly manage: EvaluationParts['manage'];
  readonly catalog: EvaluationParts['catalog'] & Pick<Catalog, 'acknowledgements' | 'alertHistory'>;
  readonly notifier: Notifier;
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
  /** An open alert as it is now. */
  stateOf(id: string): AlertState | undefined;
  lastTickMs(host: string): number | undefined;
  acknowledgementOf: OperatorCalls['acknowledgementOf'];
  onDelivery: OperatorCalls['delivery'];
  /** Why the configuration of alerts may be out of date. */
  lastError(): string | undefined;
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
  const operator = createOperatorCalls({ ...parts, evaluation: () => evaluation });
  const change: Notifier['change'] = (changed) => {
    operator.change(changed, true);
    parts.notifier.change(changed);
  };
  const evaluation = createEvaluation({
    ...parts,
    notifier: { ...parts.notifier, change },
    takeHistory: operator.takeHistory,
  });
  const abort = new AbortController();
  let consumer: BusConsumer | undefined;
  let working = Promise.resolve();
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

  function take({ schema, bytes, partition, offset, receivedMs }: BusRecord) {
    try {
      if (schema !== BUS_SCHEMA) throw new RangeError(`schema ${schema} is unknown`);
      const backfill = isBackfill(bytes);
      let samples = 0;
      const { heartbeat } = reader.readBatch(bytes, (view) => {
        samples += view.values.length;
        if (!backfill) evaluation.tick(view, { partition, receivedMs });
      });
      received.add(samples);
      if (backfill) backfilled.add(samples);
      if (heartbeat) evaluation.heartbeat(partition, receivedMs);
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
    const offsets = new Map(done);
    try {
      // States may be ahead of the offsets: a tick that is read again is older than its host's last one, and changes nothing.
      await evaluation.save();
      await consumer.commit(offsets);
      lags = await consumer.lag();
    } catch (error) {
      if (mayLog('commit')) logger.warn(`offsets could not be committed: ${messageOf(error)}`);
    }
  }

  async function advanceAndCommit() {
    while (!abort.signal.aborted) {
      evaluation.advance();
      await operator.step(true);
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

  /** Nothing is read before it is known what to look for: ticks of unknown hosts would be passed over for good. */
  async function work() {
    await operator.step(false);
    await evaluation.begin(abort.signal);
    consumer = await bus.consume({
      group: WARN_GROUP,
      from: 'latest',
      onBatch,
      onLost(gap) {
        skipped.add(gap.records);
        logger.warn(
          gap,
          `${gap.records} bus records were deleted before warn read them: their ticks are not evaluated`,
        );
      },
      onDead(error) {
        dead = error;
        logger.fatal({ err: error }, 'the bus consumer failed for good');
        parts.onDead?.(error);
      },
    });
    await advanceAndCommit();
  }

  return {
    async start() {
      working = work().catch((error: unknown) => {
        if (abort.signal.aborted) return;
        dead = error instanceof Error ? error : new Error(String(error));
        logger.fatal({ err: error }, 'evaluation ended');
        parts.onDead?.(dead);
      });
    },
    async stop() {
      abort.abort(new Error('warn is stopping'));
      await working;
      await consumer?.stop();
      await commitNow();
    },
    ...operator.entries,
    acknowledgementOf: operator.acknowledgementOf,
    onDelivery: operator.delivery,
    testReceiver: parts.notifier.calls.testReceiver,
    listReceiverHealth: parts.notifier.calls.listReceiverHealth,
    routeOf: async (labels) => parts.notifier.calls.routeOf(labels),
    stateOf: evaluation.stateOf,
    lastTickMs: evaluation.lastTickMs,
    lastError: () => evaluation.lastError(),
    unhealthy: () => dead && `the bus consumer failed for good: ${dead.message}`,
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
