// The warn service: consumes the stream, evaluates its ticks, notifies and stores while it holds the lease, lists
// alerts.
import type { AnalyzeService } from '../../api/analyze.ts';
import type { WarnService } from '../../api/warn.ts';
import type { Bus, BusPosition } from '../../bus/bus.ts';
import type { Catalog } from '../../catalog/catalog.ts';
import type { AlertState } from '../../domain/alerting/alert.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { BACKOFF, createBackoff, retry } from '../../runtime/retry.ts';
import { watchClockSteps } from './clock-steps.ts';
import { createEvaluation, type EvaluationParts } from './evaluation/evaluation.ts';
import type { Lease } from './lease.ts';
import type { Notifier } from './notification/notifier.ts';
import { createOperatorCalls, type OperatorCalls } from './operator-calls.ts';
import { createProgress } from './progress.ts';
import { createReading } from './reading.ts';
import { createStatus } from './status.ts';
import { createTelling } from './telling.ts';

export type WarnParts = {
  readonly bus: Bus;
  readonly manage: EvaluationParts['manage'];
  readonly analyze?: Pick<AnalyzeService, 'listReportingHosts' | 'queryRange'>;
  readonly catalog: Pick<Catalog, 'alertStates' | 'acknowledgements' | 'alertHistory'>;
  readonly lease: Lease;
  readonly notifier: Notifier;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
  /** The reader stopped for good: the daemon should exit, so that its supervisor restarts it. */
  readonly onDead?: (error: Error) => void;
};

const STEP_MS = 1_000;

export type RunningWarn = WarnService & {
  start(): Promise<void>;
  stop(): Promise<void>;
  unhealthy(): string | undefined;
  /** As of the last look, about a second ago. */
  lags(): readonly BusPosition[];
  /** An open alert as it is now. */
  stateOf(id: string): AlertState | undefined;
  lastTickMs(host: string): number | undefined;
  acknowledgementOf: OperatorCalls['acknowledgementOf'];
  onDelivery: OperatorCalls['delivery'];
  /** What of it may be wrong or out of date. */
  warnings(): readonly string[];
  /** The number of the lease under which it tells; what is written carries it. */
  fence(): number | undefined;
  /** Asked before each message. */
  mayTell(): Promise<boolean>;
  /** Active: it holds the lease and has caught up with the stream. */
  isTelling(): boolean;
};

export function createWarnService(parts: WarnParts): RunningWarn {
  const { bus, lease, notifier, clock, logger, metrics } = parts;
  const progress = createProgress(clock);
  const abort = new AbortController();
  const telling = createTelling({
    signal: abort.signal,
    ...{ lease, notifier, progress, clock, logger },
    alertStates: parts.catalog.alertStates,
    evaluation: () => evaluation,
    reached: () => reading.reached(),
    takeHistory: () => operator.takeHistory(),
    onCaughtUp: (change) => operator.change(change, true),
  });
  const operator = createOperatorCalls({
    ...parts,
    evaluation: () => ({ ...evaluation, warnings }),
  });
  const evaluation = createEvaluation({
    ...parts,
    load: telling.load,
    onChange(change) {
      telling.change(change);
      operator.change(change, telling.isTelling());
    },
    partitions: bus.partitions,
  });
  const reading = createReading({ bus, evaluation, clock, logger, metrics, onDead });
  let working: Promise<unknown> = Promise.resolve();
  let lags: readonly BusPosition[] = [];
  let committed: ReadonlyMap<number, number> = new Map();
  let dead: Error | undefined;
  const { status, warnings } = createStatus({
    ...{ lease, telling, reading, progress, evaluation, clock },
    committed: () => committed,
  });

  registerMetrics(metrics, { lags: () => lags, isTelling: telling.isTelling });

  function onDead(error: Error) {
    dead = error;
    logger.fatal({ err: error }, 'reading the stream failed permanently');
    parts.onDead?.(error);
  }

  async function look(): Promise<void> {
    try {
      lags = await reading.lag();
      progress.look(lags);
    } catch (error) {
      logger.debug(`cannot read the end offsets of the stream: ${messageOf(error)}`);
    }
    await operator.step(telling.isTelling());
    await telling.step();
    committed = telling.committed();
  }

  /** Nothing is read before it is known what to look for: ticks of unknown hosts would be passed over for good. */
  async function work(): Promise<void> {
    const { signal } = abort;
    await operator.step(false);
    const stored = await evaluation.begin(signal);
    operator.begin();
    await retry(() => reading.start(stored), {
      backoff: createBackoff(BACKOFF.daemon),
      clock,
      signal,
      onRetry: (error) => logger.warn(`the stream cannot be read yet: ${messageOf(error)}`),
    });
    lease.start(progress.isCurrent);
    await Promise.all([
      everySecond(evaluation.advance, { clock, signal }),
      everySecond(look, { clock, signal }),
      watchClockSteps({ clock, logger, signal, onStep: notifier.clockWasSet }),
    ]);
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
      await reading.stop();
      await telling.stop();
    },
    ...operator.entries,
    acknowledgementOf: operator.acknowledgementOf,
    onDelivery: operator.delivery,
    testReceiver: notifier.calls.testReceiver,
    listReceiverHealth: notifier.calls.listReceiverHealth,
    routeOf: async (labels) => notifier.calls.routeOf(labels),
    stateOf: evaluation.stateOf,
    lastTickMs: evaluation.lastTickMs,
    warnings,
    isTelling: telling.isTelling,
    fence: telling.fence,
    mayTell: async () => (await lease.mayTell()) && telling.fence() === lease.fence(),
    status,
    unhealthy: () => dead && `reading the stream failed permanently: ${dead.message}`,
    lags: () => lags,
  };
}

async function everySecond(
  step: () => unknown,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<void> {
  while (!signal.aborted) {
    await step();
    await clock.sleep(STEP_MS, signal).catch(() => {});
  }
}

function registerMetrics(
  metrics: Metrics,
  { lags, isTelling }: Pick<RunningWarn, 'lags' | 'isTelling'>,
): void {
  metrics.gauge(
    'bus_unread',
    'Consumer lag in records',
    () => Object.fromEntries(lags().map(({ partition, unread }) => [String(partition), unread])),
    'partition',
  );
  metrics.gauge('active', 'Whether this warn is active and notifies receivers (1) or stands by (0)', () =>
    isTelling() ? 1 : 0,
  );
}
