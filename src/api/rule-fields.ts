// The API fields of rules: stored rules, drafts, and plans of an apply.
import { SEVERITIES } from '../domain/expression/syntax.ts';
import { actor, flag, type Infer, int, list, listOf, oneOf, optional, text, texts, time } from './shapes.ts';

export const rule = {
  name: text('Unique: printable Unicode, 1 to 128 bytes'),
  identity: optional(text('Prefix of its alert ids, if the rule was renamed')),
  expression: text('As the language prints it: docs/alerts.md'),
  severity: oneOf(SEVERITIES, 'SEVERITY', { about: 'Severity of levels that name none' }),
  locations: list(text(), { about: 'Globs; empty: all' }),
  hosts: list(text(), { about: 'Globs; empty: all' }),
  notify: list(text(), { about: 'Receivers; empty: those whose route matches, else the default' }),
  text: optional(text('Placeholders: {host} {location} {value} {since} {rule} {severity} {label.mount}')),
  runbook: optional(text()),
  labels: texts(),
  tellResolved: flag(),
  enabled: flag(),
  builtIn: flag('May be changed or disabled, not removed'),
  source: text('Which `alerts apply` wrote it; empty: by hand'),
  createdMs: time(),
  updatedMs: time(),
};

/** What an author says of a rule; what is absent has its default. */
export const ruleDraft = {
  name: text(),
  expression: text(),
  severity: optional(oneOf(SEVERITIES, 'SEVERITY', { about: 'Severity of the alert [default: warning]' })),
  locations: optional(list(text())),
  hosts: optional(list(text())),
  notify: optional(list(text())),
  text: optional(text()),
  runbook: optional(text('A link')),
  labels: optional(texts()),
  quietEnd: optional(flag('Do not notify when an alert is resolved')),
  disabled: optional(flag()),
};

const sourceRule = {
  source: optional(text('Source that owns the rule; absent: none')),
  ...ruleDraft,
  ifUpdatedMs: optional(time('RULE_CHANGED unless the rule was last changed at this time')),
};
export type SourceRule = Infer<typeof sourceRule>;
export const ruleChanges = {
  rules: listOf(sourceRule),
  sources: list(text(), { about: 'The sources; the request has all their rules' }),
  prune: optional(flag('Remove rules of these sources that are not in the request')),
  adopt: optional(flag('Take over rules of other sources, and rules without a source')),
  force: optional(flag('Save despite warnings about likely mistakes')),
  actor,
};
const ruleChange = {
  name: text(),
  action: oneOf(['add', 'change', 'remove', 'reset'], 'RULE_ACTION', {
    about: 'reset: a built-in rule is as minimon has it again',
  }),
  source: text(),
  fields: listOf({ name: text(), from: optional(text()), to: optional(text()) }, { about: 'Of a change' }),
};
export const rulePlan = {
  changes: listOf(ruleChange),
  unchanged: int(),
  notes: list(text(), { about: 'Notes for the author' }),
};
export type RulePlan = Infer<typeof rulePlan>;
export const ruleFault = {
  rule: int('Index in the request'),
  field: text('expression, locations.0, labels.team'),
  code: text('RULE_EXISTS: the name belongs to another'),
  message: text(),
  hint: optional(text()),
  offset: optional(int("In the field's text")),
};
