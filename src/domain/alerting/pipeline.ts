// How far the stream was read, per partition. Silence is judged by it: while nothing flows, silent timers stand still.
import { PIPELINE_STALE_MS } from '../host.ts';

type Partition = {
  /** The newest record, by report's clock. */
  lastMs: number;
  /** The stream time at which this evaluator began to read. */
  readonly startMs: number;
  /** Time during which nothing flowed; taken off received times it gives stream time. */
  stalledMs: number;
};

export type Pipeline = ReturnType<typeof createPipeline>;

export function createPipeline() {
  const partitions = new Map<number, Partition>();

  return {
    /** A tick or a heartbeat was read. */
    note: (partition: number, receivedMs: number): void => {
      const known = partitions.get(partition);
      if (known === undefined) {
        partitions.set(partition, { lastMs: receivedMs, startMs: receivedMs, stalledMs: 0 });
        return;
      }
      const gap = receivedMs - known.lastMs;
      if (gap > PIPELINE_STALE_MS) known.stalledMs += gap;
      if (gap > 0) known.lastMs = receivedMs;
    },
    streamMs: (partition: number): number => {
      const { lastMs = 0, stalledMs = 0 } = partitions.get(partition) ?? {};
      return lastMs - stalledMs;
    },
    startMs: (partition: number): number => partitions.get(partition)?.startMs ?? 0,
    stalledMs: (partition: number): number => partitions.get(partition)?.stalledMs ?? 0,
    isStalled: (partition: number, nowMs: number): boolean =>
      nowMs - (partitions.get(partition)?.lastMs ?? nowMs) > PIPELINE_STALE_MS,
    /** Which partitions are read, and which of them stand still: another text when that changes. */
    stateOf: (nowMs: number): string => {
      let state = '';
      for (const [partition, { lastMs }] of partitions) {
        state += nowMs - lastMs > PIPELINE_STALE_MS ? `${partition}!` : `${partition} `;
      }
      return state;
    },
    /** The time of the stream that is furthest, and what turns it into an instant. */
    newest: (): { streamMs: number; stalledMs: number } => {
      let newest = { streamMs: 0, stalledMs: 0 };
      for (const { lastMs, stalledMs } of partitions.values()) {
        if (lastMs - stalledMs > newest.streamMs) newest = { streamMs: lastMs - stalledMs, stalledMs };
      }
      return newest;
    },
    /** Since when a partition stands still, if one does. */
    stalledSince: (nowMs: number): number | undefined => {
      let since: number | undefined;
      for (const { lastMs } of partitions.values()) {
        if (nowMs - lastMs > PIPELINE_STALE_MS) since = Math.min(since ?? lastMs, lastMs);
      }
      return since;
    },
  };
}
