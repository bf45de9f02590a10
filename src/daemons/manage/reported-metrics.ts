// Which unknown metrics of a rule are reported by hosts, and may therefore be used.
import type { AnalyzeService } from '../../api/analyze.ts';
import { parseExpression } from '../../domain/expression/parser.ts';
import type { Test } from '../../domain/expression/syntax.ts';
import { metricKind } from '../../domain/metric-kinds.ts';

/** So many unknown names in one request are a mistake of another kind. */
const MAX_ASKED = 100;

/**
 * Of the metrics that the rules name and minimon does not know, those that hosts report. Analyze may be away: then none,
 * and an unknown metric wants --force.
 */
export async function reportedMetrics(
  analyze: Pick<AnalyzeService, 'queryLatest'>,
  rules: readonly { readonly expression: string }[],
): Promise<readonly string[]> {
  const unknown = new Set(rules.flatMap(({ expression }) => metricsOf(expression)));
  if (unknown.size === 0) return [];
  const found = await Promise.all(
    [...unknown].slice(0, MAX_ASKED).map(async (metric) => {
      const answer = await analyze.queryLatest({ metrics: [metric] }).catch(() => undefined);
      return answer !== undefined && answer.samples.length > 0 ? [metric] : [];
    }),
  );
  return found.flat();
}

function metricsOf(expression: string): string[] {
  const of = (tests: readonly Test[]): string[] =>
    tests.flatMap((test) => {
      if (test.kind === 'share') return of(test.of);
      return test.kind === 'compare' && metricKind(test.value.metric) === undefined
        ? [test.value.metric]
        : [];
    });
  try {
    return of(parseExpression(expression).tests);
  } catch {
    // Reported by the check of the rule.
    return [];
  }
}
