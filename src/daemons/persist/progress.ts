// Commits offsets once store and dead letters are durable, measures both lags, and detects a stall.
import type { BusConsumer, BusLag } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Store } from '../../store/store.ts';

const EVERY_MS = 1_000;
/** Longer than any backoff of the consumer (30 s): one failed batch is no stall. */
const STALLED_MS = 60_000;
/** What counts of the time between two checks: a process that was suspended has not seen a stall. */
const MAX_OBSERVED_MS = 5_000;

export type Progress = {
  /** As of the last check, at most a second ago. */
  lags(): readonly BusLag[];
  /** Undefined while records are processed or there are none. */
  stalled(): string | undefined;
  /** Stops after a last commit. */
  stop(): Promise<void>;
};

export function watchProgress(parts: {
  readonly consumer: BusConsumer;
  readonly store: Pick<Store, 'durable'>;
  /** Per partition, the position after the last batch that was processed to its end, dead letters included. */
  readonly processed: ReadonlyMap<number, number>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Called with each check that finds records and none of them processed for 60 s. */
  readonly onStalled?: (why: string) => void;
  /** With each answer of the bus. */
  readonly onLags?: (lags: readonly BusLag[]) => void;
}): Progress {
  const { consumer, store, processed, clock, logger } = parts;
  const mayLog = createThrottle(clock.monotonicMs);
  const abort = new AbortController();
  const committed = new Map<number, number>();
  const moved = new Map<number, { position: number; stillMs: number }>();
  let checkedMs = clock.monotonicMs();
  /** Without an answer of the bus. */
  let blindMs = 0;
  let lags: readonly BusLag[] = [];
  const running = run();

  async function run() {
    while (!abort.signal.aborted) {
      await check();
      await clock.sleep(EVERY_MS, abort.signal).catch(() => {});
    }
  }

  async function check() {
    const nowMs = clock.monotonicMs();
    const observedMs = Math.min(nowMs - checkedMs, MAX_OBSERVED_MS);
    checkedMs = nowMs;
    try {
      await commit();
      lags = await consumer.lag();
      parts.onLags?.(lags);
      // What went to another persist is moved on there.
      for (const gone of moved.keys()) {
        if (!lags.some(({ partition }) => partition === gone)) moved.delete(gone);
      }
      for (const { partition, position, unread } of lags) {
        const before = moved.get(partition);
        const isStill = before?.position === position && unread > 0;
        moved.set(partition, { position, stillMs: isStill ? before.stillMs + observedMs : 0 });
      }
      blindMs = 0;
      const why = standstill();
      if (why !== undefined) parts.onStalled?.(why);
    } catch (error) {
      blindMs += observedMs;
      // The next check retries: an offset that is not committed only means reading again after a restart.
      if (mayLog('commit')) logger.warn(`offsets could not be committed or read: ${messageOf(error)}`);
    }
  }

  async function commit() {
    // The store is ahead while what it rejected is not a dead letter yet: committed then, a crash would lose it.
    const done = [...store.durable()]
      .map(([partition, next]) => [partition, Math.min(next, processed.get(partition) ?? -1)] as const)
      .filter(([partition, next]) => Number.isSafeInteger(next) && next > (committed.get(partition) ?? -1));
    if (done.length === 0) return;
    await consumer.commit(new Map(done));
    for (const [partition, next] of done) committed.set(partition, next);
  }

  function standstill(): string | undefined {
    const late = [...moved].filter(([, { stillMs }]) => stillMs >= STALLED_MS);
    if (late.length === 0) return undefined;
    return `no record was processed for ${STALLED_MS / 1000} s on partition ${late.map(([p]) => p).join(', ')}`;
  }

  return {
    lags: () => lags,
    stalled: () =>
      standstill() ??
      (blindMs >= STALLED_MS
        ? `offsets could not be committed or read for ${STALLED_MS / 1000} s`
        : undefined),
    async stop() {
      abort.abort();
      await running;
      await check();
    },
  };
}
