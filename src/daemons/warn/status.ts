// The status of warn: active or standby, lag of each partition, warnings.
import type { WarnStatus } from '../../api/warn.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Evaluation } from './evaluation/evaluation.ts';
import type { Lease } from './lease.ts';
import type { Progress } from './progress.ts';
import type { createReading } from './reading.ts';
import type { Telling } from './telling.ts';

export type StatusParts = {
  readonly lease: Pick<Lease, 'fence' | 'holder' | 'isUncertain'>;
  readonly telling: Pick<Telling, 'isTelling'>;
  readonly reading: Pick<ReturnType<typeof createReading>, 'lag' | 'receivedMs' | 'skipped'>;
  readonly progress: Pick<Progress, 'behindMs' | 'isCurrent'>;
  readonly evaluation: Pick<Evaluation, 'lastError'>;
  /** By partition: what follows a start of another warn. */
  readonly committed: () => ReadonlyMap<number, number>;
  readonly clock: Clock;
};

export function createStatus(parts: StatusParts) {
  const { lease, telling, reading, progress, evaluation, committed, clock } = parts;

  const standby = (): string | undefined => {
    if (lease.fence() !== undefined) return undefined;
    const holder = lease.holder();
    return `this warn stands by: ${holder === '' ? 'no warn' : holder} is active`;
  };

  function warnings(): readonly string[] {
    const behindMs = progress.behindMs();
    const isBehind = lease.fence() !== undefined && !progress.isCurrent();
    return [
      standby(),
      isBehind && 'catching up with the stream: no notifications until then',
      behindMs !== undefined && behindMs > 10_000 && `${Math.round(behindMs / 1_000)} s behind the stream`,
      lease.isUncertain() && 'the catalog does not answer: notifications may be duplicates',
      evaluation.lastError(),
    ].filter((text) => typeof text === 'string');
  }

  return {
    warnings,
    async status(): Promise<WarnStatus> {
      const now = await reading.lag();
      const stored = committed();
      return {
        nowMs: clock.nowMs(),
        role: lease.fence() === undefined ? 'standby' : 'active',
        ...(lease.holder() !== '' && { leaseHolder: lease.holder() }),
        telling: telling.isTelling(),
        partitions: now.map((lag) => {
          const { partition, position, unread } = lag;
          const receivedMs = reading.receivedMs(partition);
          const durable = Math.min(position, stored.get(partition) ?? position);
          return {
            ...lag,
            committed: durable,
            uncommitted: unread + position - durable,
            ...(receivedMs !== undefined && { receivedMs }),
          };
        }),
        skippedRecords: reading.skipped(),
        warnings: [...warnings()],
      };
    },
  };
}
