// minimon's names as PromQL and Prometheus' text have them, and back: cpu.usage is cpu_usage, a series' own `host` exported_host.
import { metricKind } from '../metric-kinds.ts';
import type { Labels } from '../tick.ts';
import type { SeriesLabels } from './values.ts';

export const NAME = '__name__';
const OURS: ReadonlySet<string> = new Set(['host', 'location']);

export const promqlName = (metric: string): string => metric.replaceAll('.', '_');

/** As Prometheus does with a label of a target that it sets itself. */
const promqlLabel = (name: string): string => (OURS.has(name) ? `exported_${name}` : name);

/** Whether a label of it has another name in PromQL, which another label of a series may have as well. */
export const isRenamed = (labels: Labels): boolean =>
  labels['host'] !== undefined || labels['location'] !== undefined;

/** The label of the series behind a label of PromQL; undefined for one that minimon sets. */
export const ownLabel = (name: string): string | undefined => {
  if (OURS.has(name)) return undefined;
  const bare = name.replace(/^exported_/, '');
  return OURS.has(bare) ? bare : name;
};

/** The labels of a series that are this one of PromQL's, the first before the others: one that is called so itself is another. */
export const ownLabels = (name: string): readonly string[] => {
  const own = ownLabel(name);
  if (own === undefined) return [];
  return own === name ? [name] : [own, name];
};

/** `location` is undefined for a host of no location. */
export function labelsOf(
  { metric, hostId, labels }: { readonly metric: string; readonly hostId: string; readonly labels: Labels },
  location: string | undefined,
): SeriesLabels {
  const all: Record<string, string> = Object.create(null);
  all[NAME] = promqlName(metric);
  all['host'] = hostId;
  if (location !== undefined) all['location'] = location;
  for (const [name, value] of Object.entries(labels)) if (value !== '') all[promqlLabel(name)] = value;
  return all;
}

export type MetricMetadata = {
  readonly type: 'gauge' | 'counter' | 'unknown';
  readonly help: string;
  readonly unit: string;
};

export function metadataOf(metric: string): MetricMetadata {
  const kind = metricKind(metric);
  if (kind) return { type: 'gauge', help: kind.means, unit: kind.unit };
  return { type: /_(total|sum|count|bucket)$/.test(metric) ? 'counter' : 'unknown', help: '', unit: '' };
}
