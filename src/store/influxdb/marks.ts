// Timestamps for stored watermarks: the newest point is the watermark, also after report's clock was set back.
import { SET_BACK_MS } from '../host-record.ts';

/** Where the newest mark of a partition stands. */
export type MarkPoint = { readonly partition: number; readonly pointMs: number };

export type Marks = {
  /** The time of the point for this mark; undefined where a newer mark stands. */
  next(partition: number, receivedMs: number): number | undefined;
  /** Another process wrote these: what is written from now on stands behind them. */
  known(points: readonly MarkPoint[]): void;
  /** What was to be written last may not stand. */
  reset(): void;
};

export function createMarks(): Marks {
  const last = new Map<number, { readonly receivedMs: number; readonly pointMs: number }>();
  const NONE = Number.NEGATIVE_INFINITY;

  return {
    next(partition, receivedMs) {
      const { receivedMs: markMs, pointMs: newestMs } = last.get(partition) ?? {
        receivedMs: NONE,
        pointMs: NONE,
      };
      const isOlder = receivedMs <= markMs && markMs - receivedMs <= SET_BACK_MS;
      if (isOlder) return undefined;
      const pointMs = Math.max(receivedMs, newestMs + 1);
      last.set(partition, { receivedMs, pointMs });
      return pointMs;
    },
    known(points) {
      for (const { partition, pointMs } of points)
        if (pointMs > (last.get(partition)?.pointMs ?? NONE))
          last.set(partition, { receivedMs: NONE, pointMs });
    },
    reset() {
      for (const [partition, { pointMs }] of last) last.set(partition, { receivedMs: NONE, pointMs });
    },
  };
}
