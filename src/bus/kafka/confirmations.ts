// Which partitions of the topic confirm nothing, since when, and why.
import type { Clock } from '../../runtime/clock.ts';

export type Confirmations = ReturnType<typeof createConfirmations>;

export function createConfirmations({
  clock,
  timeoutMs,
}: {
  readonly clock: Clock;
  readonly timeoutMs: number;
}) {
  /** Partitions of which the last send failed: since when that has been so, and when it was last seen. */
  const failing = new Map<number, { readonly sinceMs: number; readonly lastMs: number }>();
  let confirmedMs = -Infinity;
  let lastError = 'no answer';

  /** Callers who respect unhealthy() send nothing, so no confirmation would ever end it; Kafka may be back long since. */
  function expire(inFlight: ReadonlySet<number>) {
    const oldMs = clock.monotonicMs() - timeoutMs;
    for (const [partition, { lastMs }] of failing)
      if (lastMs <= oldMs && !inFlight.has(partition)) failing.delete(partition);
  }

  return {
    lastError: () => lastError,
    confirmed(partitions: ReadonlySet<number>) {
      for (const partition of partitions) failing.delete(partition);
      if (partitions.size > 0) confirmedMs = clock.monotonicMs();
    },
    failed(partitions: readonly number[], reason: string) {
      lastError = reason;
      const lastMs = clock.monotonicMs();
      for (const partition of partitions) {
        failing.set(partition, { sinceMs: failing.get(partition)?.sinceMs ?? lastMs, lastMs });
      }
    },
    unhealthy(inFlight: ReadonlySet<number>, partitions?: Iterable<number>): string | undefined {
      expire(inFlight);
      const lateMs = clock.monotonicMs() - timeoutMs;
      const late = [...(partitions ?? failing.keys())].filter(
        (partition) => (failing.get(partition)?.sinceMs ?? Infinity) <= lateMs,
      );
      if (late.length === 0 || (!partitions && confirmedMs > lateMs)) return undefined;
      const seconds = timeoutMs / 1_000;
      return `Kafka has confirmed nothing on partition ${late.join(', ')} for over ${seconds} s: ${lastError}`;
    },
  };
}
