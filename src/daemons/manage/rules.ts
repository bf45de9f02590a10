// Alert rules: what may be saved, and what is there.
import type { ManageService } from '../../api/manage.ts';
import type { AlertConfigurationRecords, AlertRecords } from '../../catalog/alert-configuration.ts';
import { builtInRules } from '../../domain/alerting/built-in.ts';
import type { AlertRule } from '../../domain/alerting/configuration.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { check } from '../../domain/expression/check.ts';
import { checkMessageText } from '../../domain/expression/message-text.ts';
import { parse } from '../../domain/expression/parser.ts';
import { printExpression } from '../../domain/expression/printer.ts';
import { ExpressionError } from '../../domain/expression/syntax.ts';
import { compareBytes, didYouMean, idError } from '../../domain/names.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Logger } from '../../runtime/logging.ts';

const UNNAMED_ACTOR = 'anonymous';
const NONE: readonly string[] = [];

export type AlertParts = {
  readonly records: AlertConfigurationRecords;
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
}: AlertParts): Pick<ManageService, 'listRules' | 'putRule' | 'setRuleEnabled' | 'removeRule'> {
  return {
    listRules: async () => rulesOf(await records.read()),

    async putRule(request) {
      const { name, actor = UNNAMED_ACTOR } = request;
      const { expression, notes } = checkRule(request);
      const nowMs = clock.nowMs();
      let saved: AlertRule | undefined;
      await records.change((before) => {
        const old = rulesOf(before).find((rule) => rule.name === name);
        if (old && !request.replace) {
          throw new ExpectedError('RULE_EXISTS', `there is a rule ${name} already: ${old.expression}`, {
            hint: 'Replace it with --replace, or take another name.',
          });
        }
        for (const receiver of request.notify ?? NONE) {
          if (before.receivers.some((one) => one.name === receiver)) continue;
          const names = before.receivers.map((one) => one.name);
          throw new ExpectedError('RECEIVER_UNKNOWN', `no receiver ${receiver}`, {
            hint: didYouMean(
              receiver,
              names,
              'minimon receivers list names them; minimon receivers add makes one.',
            ),
          });
        }
        saved = ruleOf(request, { expression, old, nowMs });
        return [
          {
            kind: 'rule',
            name,
            record: saved,
            action: old ? 'rule.change' : 'rule.add',
            detail: { ...(old && { from: old.expression }), to: expression },
          },
        ];
      }, actor);
      logger.info({ actor, rule: name }, 'rule saved');
      return { rule: saved!, notes };
    },

    async setRuleEnabled({ name, enabled = false, actor = UNNAMED_ACTOR }) {
      await records.change((before) => {
        const rule = rulesOf(before).find((one) => one.name === name);
        if (!rule) throw unknownRule(name, rulesOf(before));
        // What changes nothing touches nothing: an enabled rule would else begin anew.
        if (rule.enabled === enabled) return [];
        const record = { ...rule, enabled, updatedMs: clock.nowMs() };
        const action = enabled ? 'rule.enable' : 'rule.disable';
        return [{ kind: 'rule', name, record, action, detail: {} }];
      }, actor);
      logger.info({ actor, rule: name, enabled }, 'rule switched');
    },

    async removeRule({ name, actor = UNNAMED_ACTOR }) {
      await records.change((before) => {
        const rule = rulesOf(before).find((one) => one.name === name);
        if (!rule) throw unknownRule(name, rulesOf(before));
        if (rule.builtIn) {
          throw new ExpectedError('USAGE', `${name} is built in and cannot be removed`, {
            hint: `minimon alerts disable ${name} turns it off.`,
          });
        }
        const detail = { from: rule.expression };
        return [{ kind: 'rule', name, record: undefined, action: 'rule.remove', detail }];
      }, actor);
      logger.info({ actor, rule: name }, 'rule removed');
    },
  };
}

const unknownRule = (name: string, rules: readonly AlertRule[]) =>
  new ExpectedError('RULE_UNKNOWN', `no rule ${name}`, {
    hint: didYouMean(
      name,
      rules.map((rule) => rule.name),
      'minimon alerts list names them.',
    ),
  });

/** The expression in its canonical form, and what its author should know. BAD_EXPRESSION, NEEDS_FORCE, BAD_ID. */
function checkRule(request: PutRule): { readonly expression: string; readonly notes: readonly string[] } {
  const nameError = idError(request.name);
  if (nameError) throw new ExpectedError('BAD_ID', nameError);
  for (const glob of [...(request.locations ?? NONE), ...(request.hosts ?? NONE)]) {
    if (glob !== '') continue;
    throw new ExpectedError('USAGE', 'an empty location or host fits nothing', {
      hint: 'Leave it out to watch all, or name one.',
    });
  }
  const parsed = shown(() => parse(request.expression));
  const findings = check(parsed);
  const error = findings.find(({ kind }) => kind === 'error');
  if (error) throw new ExpectedError('BAD_EXPRESSION', error.text);
  const doubtful = findings.filter(({ kind }) => kind === 'force');
  if (doubtful.length > 0 && !request.force) {
    throw new ExpectedError('NEEDS_FORCE', doubtful.map(({ text }) => text).join('\n'), {
      hint: 'Correct it, or save it as it is with --force.',
    });
  }
  const { text } = request;
  if (text !== undefined) shown(() => checkMessageText(text));
  return {
    expression: printExpression(parsed.expression),
    notes: findings.filter(({ kind }) => kind !== 'error').map(({ text }) => text),
  };
}

/** The place of an error goes with its message: over a wire there is nothing else to draw it from. */
function shown<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof ExpressionError) throw new ExpectedError('BAD_EXPRESSION', error.text);
    throw error;
  }
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
    source: '',
    createdMs: old?.createdMs || nowMs,
    updatedMs: nowMs,
  };
}
