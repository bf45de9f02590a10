// minimon's names as PromQL has them, and back: cpu.usage is cpu_usage, and a series' own `host` exported_host.
import { compareBytes } from '../../../domain/names.ts';
import { fitsOf } from '../../../domain/promql/matching.ts';
import { EvaluationError, type LabelMatcher } from '../../../domain/promql/syntax.ts';
import type { SeriesLabels } from '../../../domain/promql/values.ts';
import type { Labels } from '../../../domain/tick.ts';

export const NAME = '__name__';
const OURS: ReadonlySet<string> = new Set(['host', 'location']);

export const promqlName = (metric: string): string => metric.replaceAll('.', '_');

/** As Prometheus does with a label of a target that it sets itself. */
const promqlLabel = (name: string): string => (OURS.has(name) ? `exported_${name}` : name);

/** The label of the series behind a label of PromQL; undefined for one that minimon sets. */
export const ownLabel = (name: string): string | undefined => {
  if (OURS.has(name)) return undefined;
  const bare = name.replace(/^exported_/, '');
  return OURS.has(bare) ? bare : name;
};

export function labelsOf(
  { metric, hostId, labels }: { readonly metric: string; readonly hostId: string; readonly labels: Labels },
  places: ReadonlyMap<string, string>,
): SeriesLabels {
  const all: Record<string, string> = Object.create(null);
  all[NAME] = promqlName(metric);
  all['host'] = hostId;
  const location = places.get(hostId);
  if (location !== undefined) all['location'] = location;
  for (const [name, value] of Object.entries(labels)) if (value !== '') all[promqlLabel(name)] = value;
  return all;
}

/** The metrics that matchers of the name choose, by name: as PromQL has it, or in minimon's own spelling `{"cpu.usage"}`. */
export function metricsFor(matchers: readonly LabelMatcher[], metrics: readonly string[]): string[] {
  const isExact = (metric: string) => matchers.some(({ op, value }) => op === '=' && value === metric);
  const exact = metrics.filter((metric) => metric.includes('.') && isExact(metric));
  if (exact.length > 0) return exact;
  const fits = fitsOf(matchers);
  return metrics.filter((metric) => fits(promqlName(metric))).sort(compareBytes);
}

/** A value of a name that is two metrics would be of either. */
export function checkDistinct(metrics: readonly string[]): void {
  for (const [name, same] of Map.groupBy(metrics, promqlName)) {
    if (same.length < 2) continue;
    throw new EvaluationError(
      `${name} is ${same.length} metrics of minimon: ${same.join(', ')}`,
      `Write the one that is meant as {${JSON.stringify(same.find((metric) => metric.includes('.')))}}.`,
    );
  }
}
