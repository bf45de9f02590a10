// Alert rules: validating, saving and listing them.
import type { AnalyzeService } from '../../api/analyze.ts';
import type { ManageService } from '../../api/manage.ts';
import type { AlertConfigurationRecords, AlertRecords } from '../../catalog/alert-configuration.ts';
import { builtInRules } from '../../domain/alerting/built-in.ts';
import type { AlertRule } from '../../domain/alerting/configuration.ts';
import { checkRuleDraft, type RuleCheckOptions } from '../../domain/alerting/rule-check.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { printExpression } from '../../domain/expression/printer.ts';
import { compareBytes, idError } from '../../domain/names.ts';
import { receiverUnknown, ruleUnknown } from '../../domain/unknown-names.ts';
import { actorOf, UNNAMED_ACTOR } from '../../runtime/caller.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';
import { reportedMetrics } from './reported-metrics.ts';
import { changeDetail } from './rule-diff.ts';
import { type Fleet, renameNotes, scopeNotes } from './scope-notes.ts';

const NONE: readonly string[] = [];

export type AlertParts = {
  readonly records: AlertConfigurationRecords;
  /** Which metrics hosts report that minimon does not know. */
  readonly analyze: Pick<AnalyzeService, 'queryLatest'>;
  readonly readFleet: () => Promise<Fleet>;
  readonly clock: Clock;
  readonly logger: Logger;
};

type PutRule = Parameters<ManageService['putRule']>[0];

/** What was saved, and the built-in rules that nobody has changed. */
export function rulesOf({ rules }: Pick<AlertRecords, 'rules'>): readonly AlertRule[] {
  const saved = new Set(rules.map(({ name }) => name));
  const untouched = builtInRules().filter(({ name }) => !saved.has(name));
  const all = [
    ...rules,
    ...untouched.map(
      ({ expression, ...definition }): AlertRule => ({
        ...definition,
        expression: printExpression(expression),
        notify: [],
        labels: {},
        tellResolved: true,
        builtIn: true,
        source: '',
        createdMs: 0,
        updatedMs: 0,
      }),
    ),
  ];
  return all.sort((a, b) => compareBytes(a.name, b.name));
}

export function createRules({
  records,
  clock,
  logger,
  analyze,
  readFleet,
}: AlertParts): Pick<
  ManageService,
  'listRules' | 'putRule' | 'renameRule' | 'setRuleEnabled' | 'removeRule'
> {
  return {
    listRules: async () => rulesOf(await records.read()),

    async putRule(request) {
      const { name, actor = UNNAMED_ACTOR } = request;
      const nowMs = clock.nowMs();
      const reported = await reportedMetrics(analyze, [request]);
      const before = rulesOf(await records.read()).find((rule) => rule.name === name);
      const { expression, notes } = checkRule(request, {
        reported,
        force: request.force,
        saved: request.replace ? before?.expression : undefined,
      });
      let saved: AlertRule | undefined;
      await records.change((before) => {
        const old = rulesOf(before).find((rule) => rule.name === name);
        if (old && !request.replace) {
          throw new ExpectedError('RULE_EXISTS', `rule ${name} already exists: ${old.expression}`, {
            hint: 'Replace it with --replace, or choose another name.',
          });
        }
        checkReceivers(request.notify ?? NONE, before);
        saved = { ...ruleOf(request, { expression, old, nowMs }), ...identityFor(name, old, before, nowMs) };
        const action = old ? 'rule.change' : 'rule.add';
        return [{ kind: 'rule', name, record: saved, action, detail: changeDetail(old, saved) }];
      }, actor);
      logger.info({ actor: actorOf(actor), rule: name }, 'rule saved');
      const scope = await scopeNotes([saved!], { readFleet, clock });
      return { rule: saved!, notes: [...notes, ...scope] };
    },

    async renameRule({ name, newName, ifUpdatedMs, actor = UNNAMED_ACTOR }) {
      const nameError = idError(newName, 'rule name');
      if (nameError) throw new ExpectedError('BAD_ID', nameError);
      let updatedMs = 0;
      let notes: readonly string[] = [];
      await records.change((before) => {
        notes = [];
        const rules = rulesOf(before);
        const rule = ruleNamed(name, rules);
        updatedMs = rule.updatedMs;
        if (ifUpdatedMs !== undefined && ifUpdatedMs !== updatedMs) throw changedRuleError(name);
        if (name === newName) return [];
        if (rule.builtIn) {
          throw new ExpectedError('USAGE', `rule ${name} is built in and cannot be renamed`, {
            hint: 'Add your own rule and disable this one.',
          });
        }
        if (rules.some((one) => one.name === newName)) {
          throw new ExpectedError('RULE_EXISTS', `rule ${newName} already exists`, {
            hint: 'Choose another name.',
          });
        }
        notes = renameNotes(before, { from: name, to: newName, nowMs: clock.nowMs() });
        const record = renamed(rule, newName, clock.nowMs());
        updatedMs = record.updatedMs;
        const detail = { from: name, to: newName };
        return [
          { kind: 'rule', name, record: undefined, action: 'rule.rename', detail },
          { kind: 'rule', name: newName, record, action: 'rule.rename', detail },
        ];
      }, actor);
      logger.info({ actor: actorOf(actor), rule: name, to: newName }, 'rule renamed');
      return { updatedMs, notes };
    },

    async setRuleEnabled({ name, enabled = false, actor = UNNAMED_ACTOR }) {
      await records.change((before) => {
        const rule = ruleNamed(name, rulesOf(before));
        // What changes nothing touches nothing: an enabled rule would start over.
        if (rule.enabled === enabled) return [];
        const nowMs = clock.nowMs();
        const record = {
          ...rule,
          enabled,
          createdMs: rule.createdMs || nowMs,
          updatedMs: changedAt(rule, nowMs),
        };
        const action = enabled ? 'rule.enable' : 'rule.disable';
        return [{ kind: 'rule', name, record, action, detail: {} }];
      }, actor);
      logger.info({ actor: actorOf(actor), rule: name, enabled }, 'rule switched');
    },

    async removeRule({ name, actor = UNNAMED_ACTOR }) {
      await records.change((before) => {
        const rule = ruleNamed(name, rulesOf(before));
        if (rule.builtIn) {
          throw new ExpectedError('USAGE', `rule ${name} is built in and cannot be removed`, {
            hint: `Disable it: minimon alerts disable ${name}`,
          });
        }
        const detail = { from: rule.expression };
        return [{ kind: 'rule', name, record: undefined, action: 'rule.remove', detail }];
      }, actor);
      logger.info({ actor: actorOf(actor), rule: name }, 'rule removed');
    },
  };
}

/** When a rule is changed now: never again at the time of an earlier change, by which its readers know it. */
export const changedAt = (old: Pick<AlertRule, 'updatedMs'> | undefined, nowMs: number): number =>
  old === undefined ? nowMs : Math.max(nowMs, old.updatedMs + 1);

export const changedRuleError = (name: string): ExpectedError =>
  new ExpectedError('RULE_CHANGED', `rule ${name} was changed meanwhile`, {
    hint: `See minimon alerts show ${name}, and edit it again.`,
  });

function ruleNamed(name: string, rules: readonly AlertRule[]): AlertRule {
  const found = rules.find((rule) => rule.name === name);
  if (found) return found;
  throw ruleUnknown(
    name,
    rules.map((rule) => rule.name),
  );
}

function checkReceivers(notify: readonly string[], { receivers }: Pick<AlertRecords, 'receivers'>): void {
  const names = receivers.map(({ name }) => name);
  const unknown = notify.find((name) => !names.includes(name));
  if (unknown !== undefined) throw receiverUnknown(unknown, names);
}

/** Its identity stays, so that its alerts go on. */
function renamed({ identity, ...rule }: AlertRule, newName: string, nowMs: number): AlertRule {
  const kept = identity ?? rule.name;
  const updatedMs = changedAt(rule, nowMs);
  return { ...rule, name: newName, ...(kept !== newName && { identity: kept }), updatedMs };
}

/** The expression in its canonical form, and what its author should know. Throws what is wrong, all at once. */
function checkRule(
  request: PutRule,
  options: RuleCheckOptions,
): { readonly expression: string; readonly notes: readonly string[] } {
  const { faults, ...checked } = checkRuleDraft(request, options);
  if (faults.length === 0) return checked;
  const [worst] = [...faults].sort(
    (a, b) => Number(a.code === 'NEEDS_FORCE') - Number(b.code === 'NEEDS_FORCE'),
  );
  const hints = new Set(faults.flatMap(({ hint }) => hint ?? []));
  throw new ExpectedError(worst!.code, faults.map(({ message }) => message).join('\n'), {
    hint: hints.size === 0 ? undefined : [...hints].join('\n'),
  });
}

/** The rule's own; of a new one only where another rule had its name before: their alerts must not be taken for one another's. */
export function identityFor(
  name: string,
  old: AlertRule | undefined,
  { rules }: Pick<AlertRecords, 'rules'>,
  nowMs: number,
): Pick<AlertRule, 'identity'> {
  if (old !== undefined) return old.identity === undefined ? {} : { identity: old.identity };
  return rules.some(({ identity }) => identity === name) ? { identity: `${name}#${nowMs}` } : {};
}

/** What a replacement does not name stays as it was. */
function ruleOf(
  request: PutRule,
  { expression, old, nowMs }: { expression: string; old: AlertRule | undefined; nowMs: number },
): AlertRule {
  const { text = old?.text, runbook = old?.runbook } = request;
  return {
    name: request.name,
    expression,
    severity: request.severity ?? old?.severity ?? 'warning',
    locations: request.locations ?? old?.locations ?? NONE,
    hosts: request.hosts ?? old?.hosts ?? NONE,
    notify: request.notify ?? old?.notify ?? NONE,
    ...(text !== undefined && { text }),
    ...(runbook !== undefined && { runbook }),
    labels: request.labels ?? old?.labels ?? {},
    tellResolved: request.quietEnd ? false : (old?.tellResolved ?? true),
    enabled: request.disabled ? false : (old?.enabled ?? true),
    builtIn: old?.builtIn ?? false,
    // A rule keeps its source, whose next apply overwrites it.
    source: old?.source ?? '',
    createdMs: old?.createdMs || nowMs,
    updatedMs: changedAt(old, nowMs),
  };
}
