// How far this warn lags behind the stream, by its monotonic clock only, so that clock steps do not matter.
import type { BusPosition } from '../../bus/bus.ts';
import type { Clock } from '../../runtime/clock.ts';

/** With more lag, alerts are too old to notify. */
export const BEHIND_MS = 120_000;
/** If the bus does not answer for this long after the start, warn counts as caught up. */
const BLIND_MS = 30_000;

export type Progress = ReturnType<typeof createProgress>;

export function createProgress(clock: Clock) {
  const startedMs = clock.monotonicMs();
  /** Where the partitions ended at some moment. */
  let target: { readonly ends: ReadonlyMap<number, number>; readonly atMs: number } | undefined;
  /** All that had been published by then was read. */
  let readUpToMs: number | undefined;
  let lookedMs: number | undefined;
  let positions: ReadonlyMap<number, number> = new Map();

  return {
    /** About once a second. While the bus does not answer nothing is concluded. */
    look(lags: readonly BusPosition[]): void {
      const nowMs = clock.monotonicMs();
      lookedMs = nowMs;
      positions = new Map(lags.map(({ partition, position }) => [partition, position]));
      const isReached = (ends: ReadonlyMap<number, number>) =>
        lags.every(({ partition, position }) => position >= (ends.get(partition) ?? 0));
      if (target !== undefined && isReached(target.ends)) {
        readUpToMs = target.atMs;
        target = undefined;
      }
      if (lags.every(({ unread }) => unread === 0)) {
        readUpToMs = nowMs;
        target = undefined;
      } else target ??= { ends: new Map(lags.map(({ partition, end }) => [partition, end])), atMs: nowMs };
    },
    /** Once all that was there at the start is read, until it falls far behind. */
    isCurrent(): boolean {
      if (lookedMs === undefined) return clock.monotonicMs() - startedMs > BLIND_MS;
      return readUpToMs !== undefined && lookedMs - readUpToMs <= BEHIND_MS;
    },
    /** Nobody looked for so long, since the bus did not answer or this process was held up, that what is read now may be old. */
    isStale: (): boolean => clock.monotonicMs() - (lookedMs ?? startedMs) > BEHIND_MS,
    /** Whether all records before these offsets were read. */
    hasRead: (offsets: ReadonlyMap<number, number>): boolean =>
      [...offsets].every(([partition, next]) => (positions.get(partition) ?? next) >= next),
    /** Undefined before all that was there at the start was read. */
    behindMs: (): number | undefined =>
      lookedMs === undefined || readUpToMs === undefined ? undefined : lookedMs - readUpToMs,
  };
}
