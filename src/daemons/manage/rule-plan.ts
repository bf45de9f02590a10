// The plan of an apply: additions, changes, pruned rules, and all errors.
import type { RulePlan, SourceRule } from '../../api/rule-fields.ts';
import type { AlertRecordChange, AlertRecords } from '../../catalog/alert-configuration.ts';
import type { AlertRule } from '../../domain/alerting/configuration.ts';
import {
  checkRuleDraft,
  draftRule,
  isSameRule,
  type RuleFault,
  ruleFields,
} from '../../domain/alerting/rule-check.ts';
import { listed } from '../../domain/counting.ts';
import { receiverUnknown } from '../../domain/unknown-names.ts';
import { changeDetail, changedFields } from './rule-diff.ts';
import { changedAt, changedRuleError, identityFor, rulesOf } from './rules.ts';

export type RuleChangesRequest = {
  readonly rules: readonly SourceRule[];
  readonly sources: readonly string[];
  readonly prune?: boolean;
  readonly adopt?: boolean;
  readonly force?: boolean;
};

export type PlannedFault = RuleFault & { readonly rule: number };
export type PlannedRules = RulePlan & {
  readonly faults: readonly PlannedFault[];
  readonly records: readonly AlertRecordChange[];
};

type Change = RulePlan['changes'][number];
type PlanOptions = { readonly nowMs: number; readonly reported?: readonly string[] };

const NAMED_NOTES = 5;
const DEFAULTS = {
  severity: 'warning',
  tellResolved: true,
  enabled: true,
  locations: [],
  hosts: [],
  notify: [],
  labels: {},
} as const;

export function planRules(
  before: AlertRecords,
  request: RuleChangesRequest,
  options: PlanOptions,
): PlannedRules {
  const current = new Map(rulesOf(before).map((rule) => [rule.name, rule]));
  const receivers = new Set(before.receivers.map(({ name }) => name));
  const sources = new Set(request.sources.filter((source) => source !== ''));
  const seen = new Map<string, number>();
  const faults: PlannedFault[] = [];
  const notes: string[] = [];
  const changes: Change[] = [];
  const records: AlertRecordChange[] = [];
  let unchanged = 0;

  for (const [index, draft] of request.rules.entries()) {
    const { name, source = '' } = draft;
    const old = current.get(name);
    const report = (fault: RuleFault) => faults.push({ ...fault, rule: index });
    const checked = checkRuleDraft(draft, {
      ...(options.reported && { reported: options.reported }),
      force: request.force,
      saved: old?.expression,
    });
    checked.faults.forEach(report);
    for (const fault of unknownReceivers(draft, receivers)) report(fault);
    if (draft.ifUpdatedMs !== undefined && draft.ifUpdatedMs !== old?.updatedMs) report(changedRule(name));
    if (seen.has(name)) report({ field: 'name', code: 'RULE_EXISTS', message: `rule ${name} occurs twice` });
    if (faults.at(-1)?.rule === index) continue;
    seen.set(name, index);
    for (const note of checked.notes) notes.push(`${name}: ${note}`);

    const isSame = old !== undefined && isSameRule(old, draft, checked.expression);
    const owner = old === undefined || old.createdMs === 0 ? source : old.source;
    const isOwn = owner === source || sources.has(owner);
    if (!isOwn && !request.adopt) {
      if (isSame && (source === '' || owner === '')) {
        unchanged++;
        if (owner === '') notes.push(`${name} has no source and is identical: not changed`);
      } else report(foreignRule(name, owner));
      continue;
    }
    if (isSame && (owner === source || old.createdMs === 0)) {
      unchanged++;
      continue;
    }
    const record: AlertRule = {
      ...draftRule(draft, checked.expression),
      ...identityFor(name, old, before, options.nowMs),
      builtIn: old?.builtIn ?? false,
      source,
      createdMs: old?.createdMs || options.nowMs,
      updatedMs: changedAt(old, options.nowMs),
    };
    const fields = old === undefined ? addedFields(record) : changedFields(old, record);
    changes.push({ name, action: old === undefined ? 'add' : 'change', source, fields });
    const detail = { ...changeDetail(old, record), source };
    records.push({ kind: 'rule', name, record, action: old ? 'rule.change' : 'rule.add', detail });
  }

  const left = before.rules.filter(({ name, source }) => sources.has(source) && !seen.has(name));
  if (request.prune) {
    for (const { name, expression, source, builtIn } of left) {
      changes.push({ name, action: builtIn ? 'reset' : 'remove', source, fields: [] });
      const detail = { from: expression, source };
      records.push({ kind: 'rule', name, record: undefined, action: 'rule.remove', detail });
    }
  } else notes.push(...leftNotes(left));
  return { changes, unchanged, notes, faults, records };
}

function unknownReceivers({ notify = [] }: SourceRule, receivers: ReadonlySet<string>): RuleFault[] {
  return notify.flatMap((name, i) => {
    if (receivers.has(name)) return [];
    const { code, message, hint } = receiverUnknown(name, receivers);
    return [{ field: `notify.${i}`, code, message, ...(hint !== undefined && { hint }) }];
  });
}

function changedRule(name: string): RuleFault {
  const { code, message, hint } = changedRuleError(name);
  return { field: 'name', code, message, ...(hint !== undefined && { hint }) };
}

const foreignRule = (name: string, owner: string): RuleFault => ({
  field: 'name',
  code: 'RULE_EXISTS',
  message:
    owner === ''
      ? `rule ${name} already exists, without a source`
      : `rule ${name} already exists and belongs to ${owner}`,
  hint: 'Choose another name, or take it over with --adopt.',
});

/** What a new rule says beyond the defaults. */
function addedFields(rule: AlertRule): Change['fields'] {
  const { text: _, runbook: __, ...plain } = rule;
  const usual = new Map(ruleFields({ ...plain, ...DEFAULTS }).map(({ name, value }) => [name, value]));
  return ruleFields(rule).flatMap(({ name, value: to }) =>
    to === undefined || (name !== 'expr' && usual.get(name) === to) ? [] : [{ name, to }],
  );
}

function leftNotes(left: readonly AlertRule[]): string[] {
  return [...new Set(left.map(({ source }) => source))].map((source) => {
    const names = left.filter((rule) => rule.source === source).map(({ name }) => name);
    return `no longer in ${source}, but kept: ${listed(names, NAMED_NOTES)} (remove them with --prune)`;
  });
}
