// minimon's own metrics as another minimon sends them (persist.remote_write): with the names and labels they had there.
import { METRIC_KINDS } from '../../../domain/metric-table.ts';
import { NAME, ownLabel, promqlName } from '../../../domain/promql/series-names.ts';
import type { Labels } from '../../../domain/tick.ts';

const METRICS: ReadonlyMap<string, string> = new Map(
  METRIC_KINDS.map(({ name }) => [promqlName(name), name]),
);
/** Whoever scrapes or collects says so: its `mem_available` may have other labels and another unit. */
const OF_OTHERS = ['job', 'instance', 'ident', 'agent_hostname'] as const;

export type MinimonSeries = {
  readonly metric: string;
  readonly labels: Labels;
  /** Who measured there. */
  readonly source: string;
};

export function minimonSeriesOf(
  name: string,
  labels: ReadonlyMap<string, string>,
): MinimonSeries | undefined {
  const metric = METRICS.get(name);
  if (metric === undefined || !labels.get('host') || OF_OTHERS.some((label) => labels.has(label)))
    return undefined;
  const own: Record<string, string> = {};
  for (const [label, value] of labels) {
    const bare = label === NAME || label === 'source' ? undefined : ownLabel(label);
    if (bare !== undefined) own[bare] = value;
  }
  return { metric, labels: own, source: labels.get('source') || 'minimon' };
}
