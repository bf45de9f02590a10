// minimon alerts add: adds a rule from flags or a wizard, after a preview and a backtest.
import { Args, Flags } from '@oclif/core';
import type { RuleDraft } from '../../domain/alerting/rule-check.ts';
import { ExpectedError } from '../../domain/errors.ts';
import { SEVERITIES } from '../../domain/expression/syntax.ts';
import { authorFlag, BaseCommand, clientFlags } from '../../terminal/base-command.ts';
import { createPrompts } from '../../terminal/prompts.ts';
import { labelsOf, scopeFlags } from '../../terminal/rule-flags.ts';
import { showBacktest } from '../../terminal/rule-saving.ts';
import { askRule } from '../../terminal/rule-wizard.ts';

export default class AlertsAdd extends BaseCommand {
  static override description =
    'Add an alert rule. Shows how often it would have fired before it is saved; without arguments it starts a wizard';
  static override examples = [
    "<%= config.bin %> alerts add high-cpu 'cpu.usage > 90 for 5m' --location 725 --severity critical --notify ops",
    "<%= config.bin %> alerts add disk-full 'disk.usage > 90 clear < 88 and disk.free < 20GiB for 10m'",
    '<%= config.bin %> alerts add',
  ];
  static override strict = false;
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of the rule' }),
    expression: Args.string({ ignoreStdin: true, description: 'Condition that fires the alert, in quotes' }),
  };
  static override flags = {
    ...scopeFlags,
    severity: Flags.option({
      options: SEVERITIES,
      description: 'Severity of the alert [default: warning]',
    })(),
    notify: Flags.string({ multiple: true, description: 'Receivers to notify', helpValue: 'RECEIVER' }),
    text: Flags.string({ description: 'Text of its messages, with placeholders such as {host} and {value}' }),
    runbook: Flags.string({ description: 'Link to the runbook' }),
    label: Flags.string({
      multiple: true,
      description: 'Label added to its alerts; repeatable',
      helpValue: 'NAME=VALUE',
    }),
    'quiet-end': Flags.boolean({ description: 'Do not notify when an alert is resolved' }),
    replace: Flags.boolean({ description: 'Replace the rule of this name' }),
    force: Flags.boolean({ description: 'Save it despite warnings about likely mistakes' }),
    backtest: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Backtest it over the last 7 days',
    }),
    yes: Flags.boolean({ char: 'y', description: 'Save it without asking' }),
    author: authorFlag,
    ...clientFlags,
  };

  async run(): Promise<void> {
    const { argv, flags } = await this.parse(AlertsAdd);
    const [name, ...words] = argv as string[];
    const settings = await this.settings(flags);
    const manage = await this.context.openManage(settings);
    const prompts = createPrompts(this.context);
    const isAsked = name === undefined && prompts.canAsk;
    if (!isAsked && (name === undefined || words.length === 0)) {
      throw new ExpectedError(
        'USAGE',
        `the ${name === undefined ? 'name' : 'expression'} of the rule is missing`,
        {
          hint: "Write minimon alerts add high-cpu 'cpu.usage > 90 for 5m', or run it without arguments on a terminal.",
        },
      );
    }
    const given: Omit<RuleDraft, 'name' | 'expression'> = {
      ...(flags.severity !== undefined && { severity: flags.severity }),
      ...(flags.location !== undefined && { locations: flags.location }),
      ...(flags.host !== undefined && { hosts: flags.host }),
      ...(flags.notify !== undefined && { notify: flags.notify }),
      ...(flags.text !== undefined && { text: flags.text }),
      ...(flags.runbook !== undefined && { runbook: flags.runbook }),
      ...(flags.label !== undefined && { labels: labelsOf(flags.label) }),
    };
    const analyze = () => this.context.openAnalyze(settings);
    const draft = isAsked
      ? await askRule(prompts, { manage, analyze: await analyze(), nowMs: this.context.nowMs() }, given)
      : // Unquoted words are joined; if the shell took `>` as a redirect, the parser reports it.
        { ...given, name: name!, expression: words.join(' ') };
    const { 'quiet-end': quietEnd, replace, force, yes } = flags;
    const request = { ...draft, quietEnd, replace, force, actor: this.author(flags) };
    // Validation errors are shown without waiting for a backtest.
    const { faults } = await manage.planRules({ rules: [draft], sources: [], adopt: replace, force });
    const exists = !replace && (await manage.listRules()).some((one) => one.name === draft.name);
    if (faults.length === 0 && !exists && flags.backtest) {
      const progress = (share: number) => this.showProgress(`backtest ${Math.floor(share * 100)} %`);
      const shown = await showBacktest(analyze, draft, {
        nowMs: this.context.nowMs(),
        screen: this.screen(flags),
        progress,
      }).finally(() => this.endProgress({ keep: false }));
      this.say(shown.text);
      if (shown.doubt !== undefined && !isAsked) {
        if (!(await prompts.confirm({ action: `save ${shown.doubt}`, yes })))
          return this.say('Nothing was saved.');
      }
    }
    if (isAsked && !(await prompts.confirm({ action: `save ${draft.name}: ${draft.expression}`, yes }))) {
      return this.say('Nothing was saved.');
    }
    const { rule, notes } = await manage.putRule(request);
    for (const note of notes) this.say(note);
    this.say(`${rule.name}: ${rule.expression}`);
  }
}
