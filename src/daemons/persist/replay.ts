// Whether the start-up replay has finished: all records that were on the bus at the start are processed.
import type { BusLag } from '../../bus/bus.ts';
import { formatInstant } from '../../domain/instant.ts';
import type { Clock } from '../../runtime/clock.ts';

/** A group assigns partitions within seconds; one that has none for so long is a spare. */
const UNASSIGNED_FOR_MS = 30_000;

export type Replay = {
  /** What the bus says of the partitions that are read here. */
  look(lags: readonly BusLag[]): void;
  /** A batch was processed to its end. */
  processed(partition: number, next: number, receivedMs: number): void;
  /** Undefined once it is over; else how far it is, and from when on answers are whole, in words. */
  pending(): string | undefined;
};

export function createReplay(clock: Clock): Replay {
  const startedMs = clock.monotonicMs();
  const started = formatInstant(clock.nowMs());
  /** By partition, where it ended when it was first seen. */
  const targets = new Map<number, number>();
  const reached = new Map<number, { next: number; receivedMs: number | undefined }>();
  let isOver = false;

  const left = () =>
    [...targets].reduce(
      (sum, [partition, end]) => sum + Math.max(0, end - (reached.get(partition)?.next ?? 0)),
      0,
    );

  function conclude(): void {
    if (targets.size > 0) isOver = left() === 0;
    else isOver = clock.monotonicMs() - startedMs >= UNASSIGNED_FOR_MS;
  }

  return {
    look(lags) {
      if (isOver) return;
      for (const { partition, end, position } of lags) {
        if (!targets.has(partition)) targets.set(partition, end);
        const known = reached.get(partition);
        if (position > (known?.next ?? -1))
          reached.set(partition, { next: position, receivedMs: known?.receivedMs });
      }
      for (const gone of targets.keys()) {
        if (!lags.some(({ partition }) => partition === gone)) targets.delete(gone);
      }
      conclude();
    },
    processed(partition, next, receivedMs) {
      if (isOver) return;
      reached.set(partition, { next, receivedMs });
      if (targets.size > 0) conclude();
    },
    pending() {
      if (isOver) return undefined;
      const times = [...reached.values()].flatMap(({ receivedMs }) => receivedMs ?? []);
      const upTo = times.length === 0 ? 'the last seal' : formatInstant(Math.min(...times));
      const records = targets.size === 0 ? 'records' : `${left()} records`;
      return (
        `the start-up replay is under way (${records} left): samples received from ${upTo} to ${started} may be missing ` +
        `until it is over; what was received from ${started} on is whole`
      );
    },
  };
}
