// The differences between two versions of a rule: for plans, and for the audit log.
import type { RulePlan } from '../../api/rule-fields.ts';
import type { AlertRule } from '../../domain/alerting/configuration.ts';
import { ruleFields } from '../../domain/alerting/rule-check.ts';

/** What the audit log has of a saved rule: its expression before and after, and what else is another than before. */
export function changeDetail(old: AlertRule | undefined, next: AlertRule): Readonly<Record<string, string>> {
  const others = old === undefined ? [] : changedFields(old, next).filter(({ name }) => name !== 'expr');
  return {
    ...Object.fromEntries(others.map(({ name, from = '-', to = '-' }) => [name, `${from} -> ${to}`])),
    ...(old && { from: old.expression }),
    to: next.expression,
  };
}

/** Field by field; the source among them. */
export function changedFields(old: AlertRule, next: AlertRule): RulePlan['changes'][number]['fields'] {
  const before = [...ruleFields(old), { name: 'source', value: old.source || undefined }];
  const after = [...ruleFields(next), { name: 'source', value: next.source || undefined }];
  return after.flatMap(({ name, value: to }, i) => {
    const from = before[i]!.value;
    if (from === to) return [];
    return [{ name, ...(from !== undefined && { from }), ...(to !== undefined && { to }) }];
  });
}
