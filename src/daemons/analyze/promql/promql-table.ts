// PromQL answers in the format of minimon's own API: always series, also for an instant query.
import type { PromqlRequest, PromqlTable } from '../../../api/analyze.ts';
import type { PromqlService } from '../../../api/prometheus/service.ts';
import { nearest } from '../../../domain/did-you-mean.ts';
import { ExpectedError } from '../../../domain/errors.ts';
import { formatValue } from '../../../domain/promql/format-value.ts';
import { MAX_SERIES, MAX_STEPS, stepsOf } from '../../../domain/promql/grid.ts';
import { promqlName } from '../../../domain/promql/series-names.ts';
import { type Expr, partsOf } from '../../../domain/promql/syntax.ts';
import { stepAt } from '../../../domain/promql/values.ts';
import { parsePromql } from './parse.ts';

const STEP_MS = 60_000;
/** What the clients of the call wait for: nobody is there for what comes later. */
const TIMEOUT_MS = 10_000;

export const createPromqlTable =
  (service: Pick<PromqlService, 'query' | 'metadata'>) =>
  async ({ expression, startMs, stopMs, stepMs = STEP_MS }: PromqlRequest): Promise<PromqlTable> => {
    if (startMs > stopMs || stepMs < 1)
      throw new ExpectedError('BAD_RANGE', 'the range ends before it starts, or its step is not above 0', {
        hint: 'Give a stop at or after the start, and a step from 1 ms.',
      });
    const grid = stepsOf({ startMs, stopMs, stepMs });
    if (!grid)
      throw new ExpectedError(
        'BAD_RANGE',
        `a step of ${stepMs} ms makes over ${MAX_STEPS} values a series of this range`,
        {
          hint: `Give a step of at least ${Math.ceil((stopMs - startMs) / (MAX_STEPS - 1))} ms.`,
        },
      );
    const answer = await service.query(
      { ...grid, expression, timeoutMs: TIMEOUT_MS },
      new AbortController().signal,
    );
    const { value } = answer;
    if (value.type === 'string')
      return {
        series: [{ labels: {}, timesMs: [startMs], values: [value.value] }],
        warnings: answer.warnings,
      };
    const columns =
      value.type === 'vector'
        ? value.columns.filter(({ present }) => present.includes(1))
        : [{ labels: {}, values: value.values, present: new Uint8Array(grid.count).fill(1) }];
    const series = columns.slice(0, MAX_SERIES).map(({ labels, values, present }) => {
      const at = Array.from(present.keys()).filter((i) => present[i]);
      return {
        labels,
        timesMs: at.map((i) => stepAt(grid, i)),
        values: at.map((i) => formatValue(values[i]!)),
      };
    });
    const cut = columns.length > MAX_SERIES ? [`cut at ${MAX_SERIES} of ${columns.length} series`] : [];
    const names = series.length > 0 ? [] : unknownNames(expression, (await service.metadata()).keys());
    return { series, warnings: [...answer.warnings, ...answer.infos, ...names, ...cut] };
  };

const NAME = '__name__';

/**
 * Names that no series has: why an answer is empty, which PromQL itself never says.
 * "no host reports cpu_usge; did you mean cpu_usage?", of each such name once. `known` are names as PromQL has them.
 */
function unknownNames(expression: string, known: Iterable<string>): readonly string[] {
  const names = new Set(known);
  const unknown = new Set<string>();
  const visit = (expr: Expr): void => {
    const matchers = expr.kind === 'vector' ? expr.matchers : [];
    for (const { label, op, value } of matchers)
      if (label === NAME && op === '=' && !names.has(promqlName(value))) unknown.add(value);
    for (const part of partsOf(expr)) visit(part);
  };
  visit(parsePromql(expression));
  return [...unknown].map((name) => {
    const near = nearest(promqlName(name), names);
    return `no host reports ${name}${near === undefined ? '; see minimon metrics list' : `; did you mean ${near}?`}`;
  });
}
