// A cache of the hosts and metrics in the store, at most a second old: reading them takes longer than most queries.
import type { Clock } from '../../../runtime/clock.ts';
import type { StoredHost, StoreReader } from '../../../store/store.ts';

const FRESH_MS = 1_000;

export type KnownNames = {
  readonly hosts: KnownList<StoredHost>;
  readonly metrics: KnownList<string>;
};

/** What of the list is chosen. Where that is nothing and the list is not new, it is read again: it may just have come. */
export type KnownList<T> = (
  choose: (all: readonly T[]) => readonly T[] | Promise<readonly T[]>,
) => Promise<Chosen<T>>;
type Chosen<T> = { readonly all: readonly T[]; readonly chosen: readonly T[] };

export function createKnownNames(parts: {
  readonly store: Pick<StoreReader, 'hosts' | 'metrics'>;
  readonly clock: Clock;
}): KnownNames {
  const { store, clock } = parts;

  function kept<T>(read: () => Promise<readonly T[]>): KnownList<T> {
    let last: Promise<readonly T[]> | undefined;
    let readMs = Number.NEGATIVE_INFINITY;

    function again(): Promise<readonly T[]> {
      const reading = read();
      last = reading;
      readMs = clock.monotonicMs();
      reading.catch(() => {
        if (last === reading) last = undefined;
      });
      return reading;
    }

    return async (choose) => {
      const isFresh = last !== undefined && clock.monotonicMs() - readMs < FRESH_MS;
      const all = await (isFresh ? last! : again());
      const chosen = await choose(all);
      if (!isFresh || chosen.length > 0) return { all, chosen };
      const now = await again();
      return { all: now, chosen: await choose(now) };
    };
  }

  return {
    hosts: kept(() => store.hosts({ sinceMs: 0 })),
    metrics: kept(() => store.metrics({ sinceMs: 0 })),
  };
}
