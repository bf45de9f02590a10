// Filters hosts by their last values: --where 'disk.usage > 80 and cpu.usage > 50', evaluated like alerts.
import type { Host } from '../api/manage.ts';
import { ExpectedError } from '../domain/errors.ts';
import { readExpression, unknownMetric } from '../domain/expression/check.ts';
import { printExpression } from '../domain/expression/printer.ts';
import type { Expression } from '../domain/expression/syntax.ts';
import { isOfLocations } from '../domain/expression/syntax.ts';
import { type JudgeServices, judgeHosts } from './judge-hosts.ts';

export type Filtered = {
  readonly hosts: readonly Host[];
  /** Nothing is known of so many: they are silent, or do not report the metric. */
  readonly unknown: number;
};

/** BAD_EXPRESSION, with a caret. USAGE for a share, which is about a location. */
export function readFilter(text: string): Expression {
  const expression = readExpression(text);
  if (isOfLocations(expression))
    throw new ExpectedError('USAGE', '--where filters hosts, but a share is about a location', {
      hint: "Write --where 'cpu.usage > 90'.",
    });
  return expression;
}

/** The hosts on which it holds now, in their order. METRIC_UNKNOWN where nothing is known of any, and a metric is none. */
export async function filterHosts(
  services: Pick<JudgeServices, 'analyze'>,
  hosts: readonly Host[],
  { expression, nowMs }: { readonly expression: Expression; readonly nowMs: number },
): Promise<Filtered> {
  // A host without a location has values as any other.
  const asked = hosts.map((host) => ({ ...host, managed: true }));
  const verdicts = await judgeHosts(services, asked, { expression, severity: 'info', nowMs });
  const holds = verdicts.map(({ subjects }) => subjects.some(({ severity }) => severity !== undefined));
  const unknown = verdicts.filter(({ unknown }) => unknown !== undefined).length;
  const doubt = unknown === hosts.length ? unknownMetric(printExpression(expression)) : undefined;
  if (doubt)
    throw new ExpectedError('METRIC_UNKNOWN', `${doubt.message}: no host reports it`, { hint: doubt.hint });
  return { hosts: hosts.filter((_, i) => holds[i]), unknown };
}
