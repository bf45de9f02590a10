// Which of minimon's metrics matchers of PromQL name.
import { compareBytes } from '../../../domain/names.ts';
import { fitsOf } from '../../../domain/promql/matching.ts';
import { promqlName } from '../../../domain/promql/series-names.ts';
import { EvaluationError, type LabelMatcher } from '../../../domain/promql/syntax.ts';

/** Those that fit; others have their turns in between. */
export type InTurns = <T>(all: readonly T[], fits: (one: T) => boolean) => Promise<T[]>;

/** The metrics that matchers of the name choose, by name: as PromQL has it, or in minimon's own spelling `{"cpu.usage"}`. */
export async function metricsFor(
  matchers: readonly LabelMatcher[],
  metrics: readonly string[],
  inTurns: InTurns,
): Promise<string[]> {
  const isExact = (metric: string) => matchers.some(({ op, value }) => op === '=' && value === metric);
  const exact = metrics.filter((metric) => metric.includes('.') && isExact(metric));
  if (exact.length > 0) return exact;
  const fits = fitsOf(matchers);
  return (await inTurns(metrics, (metric) => fits(promqlName(metric)))).sort(compareBytes);
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
