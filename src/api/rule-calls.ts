// The calls of manage about alert rules: one by one, and all of a source at once.
import { defineCalls } from './calls.ts';
import { rule, ruleChanges, ruleDraft, ruleFault, rulePlan } from './rule-fields.ts';
import { actor, flag, list, listOf, one, optional, text, time } from './shapes.ts';

export const ruleCalls = defineCalls({
  listRules: {
    summary: 'Alert rules, built-in ones included',
    access: 'read',
    http: 'GET /api/v1/rules',
    request: {},
    answer: { rules: listOf(rule) },
    gives: 'rules',
  },
  /** RULE_EXISTS without `replace` where there is one of this name. */
  putRule: {
    summary: 'Adds a rule, or replaces one',
    access: 'write',
    http: 'POST /api/v1/rules',
    request: {
      ...ruleDraft,
      replace: optional(flag()),
      force: optional(flag('Save it despite warnings about likely mistakes')),
      actor,
    },
    answer: { rule: one(rule), notes: list(text(), { about: 'Notes for the author' }) },
  },
  /** Every fault at once; nothing is changed. */
  planRules: {
    summary: 'What applying these rules would change',
    access: 'read',
    http: 'POST /api/v1/rules/plan',
    request: ruleChanges,
    answer: { ...rulePlan, faults: listOf(ruleFault) },
  },
  /** In one transaction, all or none. BAD_RULES names every fault, RULE_EXISTS the rules that belong to others. */
  applyRules: {
    summary: 'Replaces the rules of these sources',
    access: 'write',
    http: 'POST /api/v1/rules/apply',
    request: ruleChanges,
    answer: rulePlan,
  },
  /** RULE_EXISTS where there is one of the new name. */
  renameRule: {
    summary: 'Renames a rule; its open alerts are kept',
    access: 'write',
    http: 'POST /api/v1/rules/rename',
    request: { name: text(), newName: text(), actor, ifUpdatedMs: optional(time('As of applyRules')) },
    answer: {
      updatedMs: time(),
      notes: list(text(), { about: 'Silences that name the old name, and no longer match' }),
    },
  },
  setRuleEnabled: {
    summary: 'Enables or disables a rule; its alerts end when it is disabled',
    access: 'write',
    http: 'POST /api/v1/rules/enabled',
    request: { name: text(), enabled: optional(flag()), actor },
    answer: {},
  },
  removeRule: {
    summary: 'Removes a rule; its alerts end',
    access: 'write',
    http: 'POST /api/v1/rules/remove',
    request: { name: text(), actor },
    answer: {},
  },
});
