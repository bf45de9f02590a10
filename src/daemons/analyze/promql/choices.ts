// A cache of the metrics and hosts that matchers select: dashboards repeat the same queries.
import { fitsOf } from '../../../domain/promql/matching.ts';
import { NAME } from '../../../domain/promql/series-names.ts';
import type { LabelMatcher } from '../../../domain/promql/syntax.ts';
import type { StoredHost } from '../../../store/store.ts';
import { type InTurns, metricsFor } from './chosen-metrics.ts';

type Matchers = readonly LabelMatcher[];

export type Choices = {
  metrics(matchers: Matchers, all: readonly string[], inTurns: InTurns): Promise<readonly string[]>;
  /** `where`: host id -> location. */
  hosts(
    matchers: Matchers,
    of: { readonly all: readonly StoredHost[]; readonly where: ReadonlyMap<string, string> },
    inTurns: InTurns,
  ): Promise<readonly StoredHost[]>;
};

/** Kept by the lists and the matchers as objects: what is chosen goes with them. */
export function createChoices(): Choices {
  const metrics = new WeakMap<readonly string[], WeakMap<Matchers, readonly string[]>>();
  const hosts = new WeakMap<
    readonly StoredHost[],
    WeakMap<Matchers, { readonly where: ReadonlyMap<string, string>; readonly chosen: readonly StoredHost[] }>
  >();
  const of = (matchers: Matchers, label: string) => matchers.filter((one) => one.label === label);

  return {
    async metrics(matchers, all, inTurns) {
      let known = metrics.get(all);
      if (!known) metrics.set(all, (known = new WeakMap()));
      let chosen = known.get(matchers);
      if (!chosen) known.set(matchers, (chosen = await metricsFor(of(matchers, NAME), all, inTurns)));
      return chosen;
    },
    async hosts(matchers, { all, where }, inTurns) {
      let known = hosts.get(all);
      if (!known) hosts.set(all, (known = new WeakMap()));
      const found = known.get(matchers);
      if (found?.where === where) return found.chosen;
      const [fitsHost, fitsLocation] = ['host', 'location'].map((label) => fitsOf(of(matchers, label)));
      const chosen = await inTurns(
        all,
        ({ hostId }) => fitsHost!(hostId) && fitsLocation!(where.get(hostId) ?? ''),
      );
      known.set(matchers, { where, chosen });
      return chosen;
    },
  };
}
