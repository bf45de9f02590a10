// Metrics by name: minimon's and the seed's, and what the table says of each.
import { didYouMean } from './did-you-mean.ts';
import { ExpectedError } from './errors.ts';
import { METRIC_KINDS, type MetricKind, type MetricUnit } from './metric-table.ts';
import { metricError } from './names.ts';

const byName = new Map(METRIC_KINDS.map((kind) => [kind.name, kind]));
const bySeedName = new Map(
  METRIC_KINDS.flatMap((kind) => (kind.seed ? [[kind.seed, kind.name] as const] : [])),
);

export const metricKind = (name: string): MetricKind | undefined => byName.get(name);

/** A metric that the table does not have is a plain number. */
export const unitOf = (metric: string): MetricUnit => byName.get(metric)?.unit ?? 'count';

/** minimon's name of a metric that may be written with the seed's (`CPU_Rate`). */
export const canonicalMetric = (name: string): string => bySeedName.get(name) ?? name;

/** The seed's name of a metric, or minimon's own where it has none. */
export const seedMetric = (name: string): string => byName.get(name)?.seed ?? name;

/** A metric as a person names it: the seed's names too; one that cannot exist is refused with the nearest name. */
export function parseMetric(word: string): string {
  const name = canonicalMetric(word);
  const error = metricError(name);
  if (error) throw new ExpectedError('BAD_METRIC', error, { hint: didYouMean(word, byName.keys()) });
  return name;
}
