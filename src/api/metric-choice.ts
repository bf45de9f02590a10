// Resolves the metrics named by a command: names of minimon or the seed, and globs over reported metrics.
import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import { compileGlob, isGlob, withoutWildcards } from '../domain/glob.ts';
import { parseMetric } from '../domain/metric-kinds.ts';
import { METRIC_KINDS } from '../domain/metric-table.ts';
import type { AnalyzeService, HostScope } from './analyze.ts';

/** Words of a repeatable flag in which commas separate too: metrics have none in their names. */
export const separated = (words: readonly string[]): readonly string[] => [
  ...new Set(words.flatMap((word) => word.split(',')).filter((word) => word !== '')),
];

/** Each once, in the order named; globs in the order of the table. METRIC_UNKNOWN for a glob that nothing fits. */
export async function chooseMetrics(
  analyze: Pick<AnalyzeService, 'listMetrics'>,
  words: readonly string[],
  scope: HostScope,
): Promise<readonly string[]> {
  const chosen = new Set<string>();
  let reported: readonly string[] | undefined;
  for (const word of words) {
    if (!isGlob(word)) {
      chosen.add(parseMetric(word));
      continue;
    }
    reported ??= await reportedMetrics(analyze, scope);
    const fitting = reported.filter(compileGlob(word));
    if (fitting.length === 0) {
      const names = [...reported, ...METRIC_KINDS.map(({ name }) => name)];
      throw new ExpectedError('METRIC_UNKNOWN', `no metric that is reported matches ${word}`, {
        hint: didYouMean(withoutWildcards(word), names, 'List them: minimon metrics list --reported'),
      });
    }
    for (const name of fitting) chosen.add(name);
  }
  return [...chosen];
}

async function reportedMetrics(
  analyze: Pick<AnalyzeService, 'listMetrics'>,
  scope: HostScope,
): Promise<readonly string[]> {
  const { metrics } = await analyze.listMetrics(scope);
  return metrics.filter(({ hosts }) => hosts > 0).map(({ metric }) => metric);
}
