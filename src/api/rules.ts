// Rules for commands: one by its name, and as a draft that can be changed and saved as a whole.

import { didYouMean } from '../domain/did-you-mean.ts';
import { ExpectedError } from '../domain/errors.ts';
import type { ManageClient } from './manage.ts';
import type { SourceRule } from './rule-fields.ts';

export type SavedRule = Awaited<ReturnType<ManageClient['listRules']>>[number];

/** RULE_UNKNOWN names the nearest. */
export async function findRule(manage: Pick<ManageClient, 'listRules'>, name: string): Promise<SavedRule> {
  const rules = await manage.listRules();
  const rule = rules.find((one) => one.name === name);
  if (rule !== undefined) return rule;
  const names = rules.map((one) => one.name);
  throw new ExpectedError('RULE_UNKNOWN', `no rule ${name}`, {
    hint: didYouMean(name, names, 'minimon alerts list names them.'),
  });
}

export function draftOf(rule: SavedRule): SourceRule {
  const { name, expression, severity, locations, hosts, notify, text, runbook, labels, source } = rule;
  return {
    ...{ name, expression, severity, locations, hosts, notify, labels },
    ...(source !== '' && { source }),
    ...(text !== undefined && { text }),
    ...(runbook !== undefined && { runbook }),
    ...(!rule.tellResolved && { quietEnd: true }),
    ...(!rule.enabled && { disabled: true }),
  };
}
