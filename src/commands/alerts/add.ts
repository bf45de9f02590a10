// minimon alerts add: adds a rule, by flags or by a wizard, after a look at what it would have done.
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
    'Add an alert rule, and say before it is saved how often it would have fired; without arguments a wizard asks';
  static override examples = [
    "<%= config.bin %> alerts add high-cpu 'cpu.usage > 90 for 5m' --location 725 --severity critical --notify ops",
    "<%= config.bin %> alerts add disk-full 'disk.usage > 90 clear < 88 and disk.free < 20GiB for 10m'",
    '<%= config.bin %> alerts add',
  ];
  static override strict = false;
  static override args = {
    name: Args.string({ ignoreStdin: true, description: 'Name of the rule' }),
    expression: Args.string({ ignoreStdin: true, description: 'What is watched, in quotes' }),
  };
  static override flags = {
    ...scopeFlags,
    severity: Flags.option({ options: SEVERITIES, description: 'By default warning' })(),
    notify: Flags.string({ multiple: true, description: 'Receivers that are told', helpValue: 'RECEIVER' }),
    text: Flags.string({ description: 'Added to messages; placeholders such as {host} and {value}' }),
    runbook: Flags.string({ description: 'What to do about it: a link' }),
    label: Flags.string({ multiple: true, description: 'A label of its alerts', helpValue: 'NAME=VALUE' }),
    'quiet-end': Flags.boolean({ description: 'Nobody is told when it is over' }),
    replace: Flags.boolean({ description: 'Replace the rule of this name' }),
    force: Flags.boolean({ description: 'Save it although it looks like a mistake' }),
    backtest: Flags.boolean({
      allowNo: true,
      default: true,
      description: 'Say what it would have done in the last 7 days',
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
          hint: "Write minimon alerts add high-cpu 'cpu.usage > 90 for 5m', or nothing at all on a terminal.",
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
      : // Unquoted words are put together again; where the shell has taken `>`, the parser says so.
        { ...given, name: name!, expression: words.join(' ') };
    const { 'quiet-end': quietEnd, replace, force, yes } = flags;
    const request = { ...draft, quietEnd, replace, force, actor: this.author(flags) };
    // What cannot be saved is said without a backtest.
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
