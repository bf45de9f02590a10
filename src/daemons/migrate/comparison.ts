// Compares a store that history was copied to with its source: sample counts by series and day.
import { seriesKey } from '../../domain/tick.ts';
import type { Series, Store } from '../../store/store.ts';

export type Comparison = {
  readonly series: number;
  /** Samples in the source. */
  readonly samples: number;
  /** Of the source, and not found in the target. */
  readonly missing: number;
  /** The first series that lack something. */
  readonly lacking: readonly Lack[];
};

export type Lack = {
  readonly hostId: string;
  readonly metric: string;
  readonly dayMs: number;
  readonly expected: number;
  readonly found: number;
};

const DAY_MS = 86_400_000;
const HOSTS_A_QUERY = 200;
const MOST_LACKS = 10;

/** The target may have more: hosts may report to it already. */
export async function compareStores(options: {
  readonly source: Pick<Store, 'range'>;
  readonly target: Pick<Store, 'range'>;
  readonly hosts: readonly string[];
  readonly metrics: readonly string[];
  /** `[fromMs, toMs)` */
  readonly fromMs: number;
  readonly toMs: number;
  readonly signal: AbortSignal;
}): Promise<Comparison> {
  const { source, target, metrics, fromMs, toMs, signal } = options;
  const lacking: Lack[] = [];
  const sums = { series: 0, samples: 0, missing: 0 };
  for (let at = 0; at < options.hosts.length; at += HOSTS_A_QUERY) {
    const hosts = options.hosts.slice(at, at + HOSTS_A_QUERY);
    for (const metric of metrics) {
      const query = { hosts, metric, startMs: fromMs, stopMs: toMs, stepMs: DAY_MS, signal } as const;
      const [expected, found] = await Promise.all(
        [source, target].map((store) => store.range({ ...query, aggregate: 'count' })),
      );
      const counts = new Map(found!.map((series) => [keyOf(series), series]));
      for (const series of expected!) compare(series, counts.get(keyOf(series)));
    }
  }
  return { ...sums, lacking };

  function compare(expected: Series, found: Series | undefined): void {
    sums.series++;
    // Windows without samples are null, and one store may leave out what the other names.
    const counts = new Map(found?.timesMs.map((dayMs, i) => [dayMs, found.values[i] ?? 0]));
    for (const [i, dayMs] of expected.timesMs.entries()) {
      const wanted = expected.values[i] ?? 0;
      const has = counts.get(dayMs) ?? 0;
      sums.samples += wanted;
      if (has >= wanted) continue;
      sums.missing += wanted - has;
      const { hostId, metric } = expected;
      if (lacking.length < MOST_LACKS) lacking.push({ hostId, metric, dayMs, expected: wanted, found: has });
    }
  }
}

const keyOf = ({ hostId, metric, labels }: Series): string => `${hostId}\u0002${seriesKey(metric, labels)}`;
