// A heartbeat to every partition every 10 s, so that silent hosts can be distinguished from a stalled pipeline.
import type { Bus } from '../../bus/bus.ts';
import { messageOf } from '../../domain/errors.ts';
import { HEARTBEAT_MS } from '../../domain/host.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createThrottle, type Logger } from '../../runtime/logging.ts';
import type { Metrics } from '../../runtime/metrics.ts';
import { encodeBatch } from '../../wire/tick-writer.ts';

export type Heartbeats = { stop(): Promise<void> };

export function startHeartbeats(parts: {
  readonly bus: Bus;
  readonly id: string;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: Metrics;
}): Heartbeats {
  const { bus, id, clock, logger, metrics } = parts;
  const sent = metrics.counter('heartbeats_total', 'Heartbeats to all partitions by outcome', ['outcome']);
  const mayLog = createThrottle(clock.monotonicMs);
  const abort = new AbortController();
  const running = run().catch((error) => {
    if (!abort.signal.aborted) throw error;
  });

  async function run() {
    while (!abort.signal.aborted) {
      const timeMs = clock.nowMs();
      // Not awaited: a bus that hangs must not also stop the heartbeats.
      void beat(timeMs);
      await clock.sleep(HEARTBEAT_MS - (timeMs % HEARTBEAT_MS), abort.signal);
    }
  }

  async function beat(timeMs: number) {
    const bytes = encodeBatch([], { heartbeat: { reportId: id, timeMs } });
    const messages = Array.from({ length: bus.partitions }, (_, partition) => ({
      partition,
      receivedMs: timeMs,
      bytes,
    }));
    try {
      await bus.publish(messages);
      sent.add(1, { outcome: 'ok' });
    } catch (error) {
      sent.add(1, { outcome: 'failed' });
      if (mayLog('failed'))
        logger.warn(`report's heartbeat records cannot be published to the bus: ${messageOf(error)}`);
    }
  }

  return {
    async stop() {
      abort.abort(new Error('the heartbeats are stopping'));
      await running;
    },
  };
}
