// The health of rules: matching series, open alerts, errors.
import type { WarnService } from '../../api/warn.ts';
import type { AlertConfiguration } from '../../domain/alerting/configuration.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Evaluation } from './evaluation/evaluation.ts';

export type RuleHealthParts = {
  readonly evaluation: () => Pick<Evaluation, 'evaluator' | 'ruleHealth'> & {
    readonly warnings: () => readonly string[];
  };
  readonly configuration: () => Pick<AlertConfiguration, 'rules'>;
  readonly clock: Clock;
};

/** Two ticks of hosts with the longest interval that is usual. */
const NEW_MS = 130_000;

export const createRuleHealthList =
  ({ evaluation, configuration, clock }: RuleHealthParts): WarnService['listRuleHealth'] =>
  async () => {
    const { evaluator, warnings, ruleHealth } = evaluation();
    const { matches, errors, evaluatedMs } = ruleHealth();
    const counts = evaluator.counts();
    const without = evaluator.rulesWithoutHosts();
    return {
      nowMs: clock.nowMs(),
      ...(evaluatedMs !== undefined && { evaluatedMs }),
      rules: configuration().rules.map(({ name, updatedMs }) => {
        const error = errors.get(name);
        const counted = without.has(name) ? 0 : matches.get(name);
        // What nobody asked for before is seen with the next ticks.
        const isNew = !without.has(name) && clock.nowMs() - updatedMs < NEW_MS;
        const matched = counted === 0 && isNew ? undefined : counted;
        return {
          name,
          ...(counts.get(name) ?? { firing: 0, pending: 0 }),
          ...(matched !== undefined && { matches: matched }),
          ...(error !== undefined && { error }),
        };
      }),
      warnings: [...warnings()],
    };
  };
