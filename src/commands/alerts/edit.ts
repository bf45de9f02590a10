// minimon alerts edit: changes a rule by flags or in $EDITOR.
import { Args, Flags } from '@oclif/core';
import type { SourceRule } from '../../api/rule-fields.ts';
import { draftOf, findRule } from '../../api/rules.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { SEVERITIES } from '../../domain/expression/syntax.ts';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { createPrompts } from '../../terminal/prompts.ts';
import { editRule } from '../../terminal/rule-editor.ts';
import { labelsOf } from '../../terminal/rule-flags.ts';
import { planListing } from '../../terminal/rule-plan-view.ts';

export default class AlertsEdit extends BaseCommand {
  static override description =
    'Change an alert rule: the fields named by flags, or without flags the whole rule as YAML in $EDITOR';
  static override examples = [
    "<%= config.bin %> alerts edit high-cpu --expr 'cpu.usage > 95 for 5m'",
    "<%= config.bin %> alerts edit high-cpu --location 725 --notify ops --runbook ''",
    '<%= config.bin %> alerts edit high-cpu',
  ];
  static override args = {
    rule: Args.string({ ignoreStdin: true, required: true, description: 'Name of the rule' }),
  };
  static override flags = {
    name: Flags.string({ description: 'New name; open alerts are kept', helpValue: 'NAME' }),
    expr: Flags.string({ description: 'Condition that fires the alert, in quotes', helpValue: 'EXPRESSION' }),
    location: Flags.string({
      char: 'l',
      multiple: true,
      description: "Only these locations (globs); '' for all",
      helpValue: 'GLOB',
    }),
    host: Flags.string({
      char: 'H',
      multiple: true,
      description: "Only these hosts (globs); '' for all",
      helpValue: 'GLOB',
    }),
    severity: Flags.option({ options: SEVERITIES })(),
    notify: Flags.string({
      multiple: true,
      description: "Receivers to notify; '' for the receivers whose route matches",
      helpValue: 'RECEIVER',
    }),
    text: Flags.string({ description: "Text of its messages; '' for none" }),
    runbook: Flags.string({ description: "Link to the runbook; '' for none" }),
    label: Flags.string({
      multiple: true,
      description: "Labels added to its alerts, replacing all; '' for none",
      helpValue: 'NAME=VALUE',
    }),
    resolved: Flags.boolean({ allowNo: true, description: 'Notify when an alert is resolved' }),
    enabled: Flags.boolean({ allowNo: true, description: 'Evaluate the rule' }),
    force: Flags.boolean({ description: 'Save it despite warnings about likely mistakes' }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AlertsEdit);
    const manage = await this.context.openManage(await this.settings(flags));
    const rule = await findRule(manage, args.rule);
    const save = async (draft: SourceRule, newName?: string): Promise<void> => {
      if (draft.name !== rule.name) {
        throw new ExpectedError('USAGE', `the rule is ${rule.name}, not ${draft.name}`, {
          hint: `minimon alerts edit ${rule.name} --name ${draft.name} renames it.`,
        });
      }
      const actor = this.author(flags);
      const { updatedMs } = rule;
      const request = { rules: [{ ...draft, ifUpdatedMs: updatedMs }], sources: [], force: flags.force };
      const { faults } = await manage.planRules(request);
      if (faults.length > 0) {
        const hints = new Set(faults.flatMap(({ hint }) => hint ?? []));
        const isConflict = faults.every(({ code }) => code === 'RULE_CHANGED');
        const message = faults.map((fault) => fault.message).join('\n');
        throw new ExpectedError(isConflict ? 'RULE_CHANGED' : 'BAD_RULES', message, {
          hint: [...hints].join('\n') || undefined,
        });
      }
      // If the new name is rejected, no other field may change either.
      const said = newName === undefined ? undefined : await rename(newName);
      const named = { ...draft, name: newName ?? draft.name, ifUpdatedMs: said?.updatedMs ?? updatedMs };
      const { changes, notes } = await manage.applyRules({ ...request, actor, rules: [named] });
      for (const note of notes) this.say(note);
      const [changed] = changes;
      this.say(changed === undefined ? 'Nothing was changed.' : `${rule.name}: ${textOf(changed)}`);
      if (changed !== undefined && rule.source !== '') {
        this.say(
          `It belongs to ${rule.source}: the next alerts apply of that source overwrites this change.`,
        );
      }
      said?.say();
    };
    const rename = async (newName: string) => {
      const request = { name: rule.name, newName, ifUpdatedMs: rule.updatedMs, actor: this.author(flags) };
      const { updatedMs, notes } = await manage.renameRule(request);
      const say = () => {
        this.say(`${rule.name}: is ${newName} now`);
        if (rule.source !== '') this.say(`It belongs to ${rule.source}: change the name there too.`);
        for (const note of notes) this.say(note);
      };
      return { updatedMs, say };
    };
    const draft = changed(draftOf(rule), flags);
    if (draft !== undefined) await save(draft, flags.name);
    else if (flags.name !== undefined) await (await rename(flags.name)).say();
    if (draft !== undefined || flags.name !== undefined) return;
    const prompts = createPrompts(this.context);
    if (!prompts.canAsk) {
      throw new ExpectedError(
        'NEEDS_CONFIRMATION',
        'no field to change was given, and there is no terminal for an editor',
        {
          hint: "For example: minimon alerts edit high-cpu --expr 'cpu.usage > 95 for 5m'",
        },
      );
    }
    const environment = this.context.environment;
    // The text is the whole rule; manage rejects it if the rule was changed meanwhile.
    if (!(await editRule({ rule, environment, force: flags.force, save }))) this.say('Nothing was changed.');
  }
}

const textOf = (change: Parameters<typeof planListing>[0][number]): string =>
  String(
    planListing([change])
      .columns.find(({ key }) => key === 'change')!
      .value(change),
  );

type Edits = {
  readonly expr?: string | undefined;
  readonly location?: string[] | undefined;
  readonly host?: string[] | undefined;
  readonly severity?: SourceRule['severity'] | undefined;
  readonly notify?: string[] | undefined;
  readonly text?: string | undefined;
  readonly runbook?: string | undefined;
  readonly label?: string[] | undefined;
  readonly resolved?: boolean | undefined;
  readonly enabled?: boolean | undefined;
};

/** The draft with the flags applied; undefined when no flag was given. '' empties a field. */
function changed(draft: SourceRule, edits: Edits): SourceRule | undefined {
  const { expr, location, host, severity, notify, text, runbook, label, resolved, enabled } = edits;
  const named = { expr, location, host, severity, notify, text, runbook, label, resolved, enabled };
  if (Object.values(named).every((value) => value === undefined)) return undefined;
  const listed = (values: readonly string[]) => (values.length === 1 && values[0] === '' ? [] : values);
  const { text: oldText, runbook: oldRunbook, quietEnd = false, disabled = false, ...rest } = draft;
  const [newText, newRunbook] = [text ?? oldText, runbook ?? oldRunbook];
  return {
    ...rest,
    ...(expr !== undefined && { expression: expr }),
    ...(severity !== undefined && { severity }),
    ...(location !== undefined && { locations: listed(location) }),
    ...(host !== undefined && { hosts: listed(host) }),
    ...(notify !== undefined && { notify: listed(notify) }),
    ...(newText && { text: newText }),
    ...(newRunbook && { runbook: newRunbook }),
    ...(label !== undefined && { labels: labelsOf(listed(label)) }),
    quietEnd: resolved === undefined ? quietEnd : !resolved,
    disabled: enabled === undefined ? disabled : !enabled,
  };
}
