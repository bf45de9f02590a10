// Validates and converts names of custom metrics.
import { metricKind } from '../../../domain/metric-kinds.ts';
import type { Labels } from '../../../domain/tick.ts';
import { seriesError } from '../../../domain/tick.ts';
import { labelValue } from '../collectors/filters.ts';

export type OwnSeries = { readonly metric: string; readonly labels: Labels };

/**
 * Capitals become small, a colon a dot. Labels that begin with `_` and empty ones are left out, control characters in
 * values are made visible. Metrics of minimon's own table are not to be made by others.
 */
export function ownSeries(
  name: string,
  labels: Readonly<Record<string, string>>,
): OwnSeries | { readonly why: string } {
  const metric = name.toLowerCase().replaceAll(':', '.');
  if (metricKind(metric)) return { why: `${metric} is a metric that minimon measures; rename it` };
  const mapped: Record<string, string> = {};
  for (const [label, value] of Object.entries(labels)) {
    const lower = label.toLowerCase();
    if (lower.startsWith('_') || value === '') continue;
    if (Object.hasOwn(mapped, lower)) return { why: `it has the label ${lower} twice, in capitals and not` };
    mapped[lower] = labelValue(value);
  }
  const error = seriesError(metric, mapped);
  return error ? { why: error } : { metric, labels: mapped };
}
