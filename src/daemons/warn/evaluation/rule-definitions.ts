// Parses saved rules for the evaluator; one that cannot be parsed is disabled, with its error.
import type { AlertRule } from '../../../domain/alerting/configuration.ts';
import type { RuleDefinition } from '../../../domain/alerting/rule-set.ts';
import { messageOf } from '../../../domain/errors.ts';
import { parseExpression } from '../../../domain/expression/parser.ts';
import type { Expression } from '../../../domain/expression/syntax.ts';
import type { Logger } from '../../../runtime/logging.ts';

export function createRuleDefinitions(logger: Logger) {
  /** Expressions by their texts: of ten thousand rules one changes at a time. */
  const parsed = new Map<string, Expression>();
  const errors = new Map<string, string>();

  function definitionOf(rule: AlertRule): RuleDefinition[] {
    const { name, identity, severity, locations, hosts, enabled } = rule;
    const definition = {
      ...{ name, severity, locations, hosts, enabled },
      ...(identity !== undefined && { identity }),
    };
    try {
      const expression = parsed.get(rule.expression) ?? parseExpression(rule.expression);
      parsed.set(rule.expression, expression);
      return [{ ...definition, expression }];
    } catch (error) {
      // Saved by a newer version: the other rules go on.
      logger.error({ rule: name }, `a rule cannot be parsed and is disabled: ${messageOf(error)}`);
      errors.set(name, messageOf(error));
      return [];
    }
  }

  return {
    of(rules: readonly AlertRule[]): RuleDefinition[] {
      errors.clear();
      const definitions = rules.flatMap(definitionOf);
      const texts = new Set(rules.map(({ expression }) => expression));
      for (const text of parsed.keys()) if (!texts.has(text)) parsed.delete(text);
      return definitions;
    },
    /** Why each rule of the last call that is off cannot be read. */
    errors: errors as ReadonlyMap<string, string>,
  };
}
